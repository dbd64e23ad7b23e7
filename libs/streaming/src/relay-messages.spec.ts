import { expect, it } from 'vitest';
import { parseKeyList, parsePairDelta, parsePairSnapshot, parseWelcome } from './relay-messages.js';
import { parseVerdicts, receiptOf } from './verdicts.js';

const key = { id: 'k', kind: 'client', hash: 'aGFzaA==', expiresAt: null };
const delta = { environment: 'shop/production', from: 1, to: 2, checksum: 0, changes: [] };
const snapshot = { environment: 'shop/production', revision: 2, checksum: 0, flags: {}, segments: {} };
const welcome = { environmentId: 'e', revision: 1, isStale: false, keys: [key] };

it.each([
  ['keys', parseKeyList, { keys: [key, { ...key, kind: 'relay', expiresAt: 7 }] }],
  ['no keys', parseKeyList, { keys: [] }],
  ['a welcome', parseWelcome, welcome],
  ['a pair of deltas', parsePairDelta, { server: delta, client: delta }],
  ['a pair of snapshots', parsePairSnapshot, { environmentId: 'e', server: snapshot, client: snapshot }],
] as const)('reads %s', (_, parse, message) => {
  expect(parse(message)).toEqual(message);
});

it.each([
  ['keys of no kind', parseKeyList, { keys: [{ ...key, kind: 7 }] }],
  ['keys without a hash', parseKeyList, { keys: [{ ...key, hash: undefined }] }],
  ['keys that end at no time', parseKeyList, { keys: [{ ...key, expiresAt: 'soon' }] }],
  ['what is no list', parseKeyList, { keys: {} }],
  ['nothing', parseKeyList, null],
  ['a welcome without keys', parseWelcome, { ...welcome, keys: undefined }],
  ['a welcome to nowhere', parseWelcome, { ...welcome, environmentId: 7 }],
  ['a welcome without revision', parseWelcome, { ...welcome, revision: -1 }],
  ['half a pair of deltas', parsePairDelta, { server: delta }],
  ['deltas that lead to different revisions', parsePairDelta, { server: delta, client: { ...delta, to: 3 } }],
  ['deltas that come from different revisions', parsePairDelta, { server: delta, client: { ...delta, from: 0 } }],
  ['half a pair of snapshots', parsePairSnapshot, { environmentId: 'e', client: snapshot }],
  ['snapshots of different revisions', parsePairSnapshot, { environmentId: 'e', server: snapshot, client: { ...snapshot, revision: 3 } }],
  ['snapshots of nowhere', parsePairSnapshot, { server: snapshot, client: snapshot }],
] as const)('does not read %s', (_, parse, message) => {
  expect(parse(message)).toBeTypeOf('string');
});

it('passes over keys of a kind that only newer servers know, and keeps the others', () => {
  const unknown = { ...key, id: 'n', kind: 'dashboard' };
  expect(parseKeyList({ keys: [unknown, key] })).toEqual({ keys: [key] });
  expect(parseWelcome({ ...welcome, keys: [key, unknown] })).toEqual(welcome);
});

it('reads verdicts, and nothing that is less', () => {
  const verdicts = [
    { outcome: 'counted', rejectedRows: 2 },
    { outcome: 'duplicate' },
    { outcome: 'expired' },
    { outcome: 'invalid', problems: [{ path: '', message: 'no' }] },
  ];
  expect(parseVerdicts({ verdicts })).toEqual(verdicts);
  for (const bad of [{ outcome: 'counted' }, { outcome: 'invalid' }, { outcome: 'invalid', problems: [7] }, { outcome: 'lost' }, null])
    expect(parseVerdicts({ verdicts: [bad] })).toBeTypeOf('string');
  expect(parseVerdicts(verdicts)).toBeTypeOf('string');
});

it('tells a client what a server would tell it', () => {
  expect(receiptOf({ outcome: 'counted', rejectedRows: 2 })).toEqual({ accepted: 1, duplicate: false, rejectedRows: 2, expired: 0 });
  expect(receiptOf({ outcome: 'duplicate' })).toEqual({ accepted: 0, duplicate: true, rejectedRows: 0, expired: 0 });
});
