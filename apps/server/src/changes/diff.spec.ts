import { mergePatch } from '@ballast/api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diff } from './diff.js';

it('names what was changed, added and removed', () => {
  expect(diff({ a: 1, b: { c: [1, 2] }, gone: 'x' }, { a: 2, b: { c: [1, 3, 4] }, new: null })).toEqual([
    { path: '/a', from: 1, to: 2 },
    { path: '/b/c/1', from: 2, to: 3 },
    { path: '/b/c/2', to: 4 },
    { path: '/gone', from: 'x' },
    { path: '/new', to: null },
  ]);
});

it('takes a missing resource for an empty one', () => {
  expect(diff(null, { a: 1 })).toEqual([{ path: '', to: { a: 1 } }]);
  expect(diff({ a: 1 }, null)).toEqual([{ path: '', from: { a: 1 } }]);
});

it('keeps values of different shapes whole', () => {
  expect(diff({ a: [1] }, { a: { 0: 1 } })).toEqual([{ path: '/a', from: [1], to: { 0: 1 } }]);
});

it('does not repeat a long path for each of many differences', () => {
  const name = 'n'.repeat(30_000);
  const before = { kept: 1, changed: 1, [name]: Array.from({ length: 15_000 }, () => 0) };
  const after = { kept: 1, changed: 2, [name]: Array.from({ length: 15_000 }, () => 1) };
  expect(diff(before, after)).toEqual([
    { path: '/changed', from: 1, to: 2 },
    { path: `/${name}`, from: before[name], to: after[name] },
  ]);
});

it('gives two hundred small differences one by one', () => {
  const of = (value: number) => ({ rules: Array.from({ length: 200 }, (_, id) => ({ id, share: value })) });
  expect(diff(of(1), of(2))).toHaveLength(200);
});

it('escapes names and sees members that objects inherit', () => {
  expect(diff(JSON.parse('{}'), JSON.parse('{"a/b~c":1,"__proto__":2,"constructor":3}'))).toEqual([
    { path: '/a~1b~0c', to: 1 },
    { path: '/__proto__', to: 2 },
    { path: '/constructor', to: 3 },
  ]);
});

it('is empty exactly when nothing changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(diff(before, structuredClone(before))).toEqual([]);
      expect(diff(before, after).length === 0).toBe(JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)));
    }),
  );
});

it('says all that a merge patch does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), fc.dictionary(fc.string(), fc.option(fc.integer())), (before, patch) => {
      const touched = diff(before, mergePatch(before, patch)).length;
      expect(touched).toBeLessThanOrEqual(Object.keys(patch).length);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { members: members.map(([name, member]) => [name, sorted(member)]) };
}
