import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aDelta, aFlag, aSegment, aSnapshot } from '../test/makers.js';
import { parseApplied, parseDelta, parseGoodbye, parseHandshake, parseReset, parseResync, parseSnapshot, stateFrom } from './index.js';

const snapshot = aSnapshot({ flags: [aFlag('a')], segments: [aSegment('s')] });
const delta = aDelta(snapshot, [{ kind: 'flag', key: 'b', value: aFlag('b') }]);
const flagged = (changes: object) => ({ ...snapshot, flags: { a: { ...aFlag('a'), ...changes } } });
const deep = (levels: number): unknown => JSON.parse(`${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`);

it('takes a snapshot and a delta as they are', () => {
  expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  expect(parseDelta(JSON.parse(JSON.stringify(delta)))).toEqual(delta);
});

it('takes operators, conditions and serves of later versions', () => {
  const rules = [{ id: 'r', when: { attribute: 'x', op: 'resembles', values: [] }, serve: { lottery: 1 } }];
  expect(parseSnapshot(flagged({ rules, added: 'later' }))).toBeTypeOf('object');
});

it('takes a flag whose key is __proto__', () => {
  const text = JSON.stringify(aSnapshot({ flags: [aFlag('__proto__')] }));
  const parsed = parseSnapshot(JSON.parse(text));
  expect(typeof parsed === 'object' && stateFrom(parsed)).toMatchObject({ state: { revision: 1 } });
});

describe('refuses as a snapshot', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'snapshot'],
    ['one without environment', { ...snapshot, environment: undefined }],
    ['one with a negative revision', { ...snapshot, revision: -1 }],
    ['one with a revision that is no whole number', { ...snapshot, revision: 1.5 }],
    ['one with a revision past what a double holds', { ...snapshot, revision: 2 ** 53 }],
    ['one whose flags are a list', { ...snapshot, flags: [] }],
    ['one without segments', { ...snapshot, segments: null }],
    ['a flag that is null', { ...snapshot, flags: { a: null } }],
    ['a flag under the key of another', { ...snapshot, flags: { a: aFlag('b') } }],
    ['a flag without version', flagged({ version: undefined })],
    ['a variant of another type', flagged({ variants: { on: true, off: 'no' } })],
    ['a variant that is null', flagged({ variants: { on: null } })],
    ['a number beyond all numbers', flagged({ type: 'number', variants: { on: Number.POSITIVE_INFINITY } })],
    ['a value that nests without end', flagged({ type: 'object', variants: { on: deep(10_000) } })],
    ['a condition that nests without end', flagged({ rules: [{ id: 'r', when: deep(10_000), serve: {} }] })],
    ['a segment under the key of another', { ...snapshot, segments: { s: aSegment('t') } }],
  ])('%s', (_, value) => expect(parseSnapshot(value)).toBe('not a snapshot'));
});

describe('refuses as a delta', () => {
  it.each<[string, unknown]>([
    ['one without from', { ...delta, from: undefined }],
    ['one whose changes are a record', { ...delta, changes: {} }],
    ['a change of an unknown kind', { ...delta, changes: [{ kind: 'rumour', key: 'a', value: null }] }],
    ['a change without key', { ...delta, changes: [{ kind: 'flag', value: null }] }],
    ['a change without value', { ...delta, changes: [{ kind: 'flag', key: 'a' }] }],
    ['a change whose value has another key', { ...delta, changes: [{ kind: 'flag', key: 'a', value: aFlag('b') }] }],
  ])('%s', (_, value) => expect(parseDelta(value)).toBe('not a delta'));
});

it('never throws and never opens what it refused, whatever JSON it is given', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const parse of [parseSnapshot, parseDelta, parseReset, parseGoodbye, parseHandshake, parseResync, parseApplied]) parse(value);
      expect(parseSnapshot(value)).toBeTypeOf('string');
    }),
  );
});

it('reads resets and goodbyes; an unknown reason counts as moved', () => {
  expect(parseReset({ revision: 4, more: 1 })).toEqual({ revision: 4, more: 1 });
  expect(parseReset({ revision: '4' })).toBe('not a reset');
  expect(parseGoodbye({ reason: 'revoked' })).toEqual({ reason: 'revoked' });
  expect(parseGoodbye({ reason: 'holiday' })).toEqual({ reason: 'moved' });
  expect(parseGoodbye(null)).toEqual({ reason: 'moved' });
});

it('bounds what a client may say of itself, and says where it went wrong', () => {
  const handshake = { key: 'k', instance: 'i', sdk: 'node/1', since: 0 };
  expect(parseHandshake(handshake)).toEqual(handshake);
  expect(parseHandshake({ ...handshake, since: undefined })).toBeTypeOf('object');
  expect(parseHandshake({ ...handshake, key: 'k'.repeat(256) })).toBe('handshake.key is not valid');
  expect(parseHandshake({ ...handshake, instance: 'i'.repeat(65) })).toBe('handshake.instance is not valid');
  expect(parseHandshake({ ...handshake, since: -1 })).toBe('handshake.since is not valid');
  expect(parseHandshake(null)).toBe('handshake is not valid');
});

it('reads receipts and resyncs', () => {
  expect(parseApplied({ revision: 3, at: 1 })).toEqual({ revision: 3, at: 1 });
  expect(parseApplied({ revision: 3 })).toBe('applied.at is not valid');
  expect(parseResync({})).toEqual({});
  expect(parseResync({ since: 'yesterday' })).toBe('resync.since is not valid');
});
