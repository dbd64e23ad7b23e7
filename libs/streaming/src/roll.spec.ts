import { expect, it } from 'vitest';
import { keyMarkOf, markOf, packFound, packMarks, packRoll, unpackFound, unpackMarks, unpackRoll } from './roll.js';

const who = { keyId: 'key', instance: 'a' };
const mark = markOf(who);

it('marks an instance by its name and its key', () => {
  expect(markOf({ ...who })).toBe(mark);
  expect(new Set([mark, markOf({ ...who, keyId: 'other' }), markOf({ ...who, instance: 'b' })]).size).toBe(3);
});

it('packs and unpacks', () => {
  const roll = (['connected', 'gone', 'polling', 'late', 'lost', 'away'] as const).map((standing, i) => ({
    mark,
    ageMs: i * 99_999,
    standing,
  }));
  expect(unpackRoll(packRoll(roll))).toEqual(roll);
  expect(unpackMarks(packMarks([mark, keyMarkOf('key')]))).toEqual([mark, keyMarkOf('key')]);
  const found = (['well', 'wedged', 'silent', 'relay'] as const).map((state, i) => {
    return { mark, key: keyMarkOf('key'), enteredMs: i, isApplied: i % 2 === 0, state };
  });
  expect(unpackFound(packFound(found))).toEqual(found);
});

it('leaves out what cannot be read', () => {
  const unknown = Buffer.alloc(13 * 2, 255);
  expect(unpackRoll(unknown.toString('base64'))).toEqual([]);
  expect(unpackRoll('AAAA')).toEqual([]);
  expect(unpackFound(Buffer.alloc(21, 255).toString('base64'))).toEqual([]);
  expect(unpackMarks('no marks')).toEqual([]);
});

it('keeps ages within what there is room for', () => {
  expect(unpackRoll(packRoll([-5, 1e12].map((ageMs) => ({ mark, ageMs, standing: 'lost' as const })))).map(({ ageMs }) => ageMs)).toEqual([
    0, 4_294_967_295,
  ]);
});
