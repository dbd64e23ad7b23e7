import { expect, it } from 'vitest';
import { parseTelemetry } from './index.js';

const row = { flag: 'a', version: 3, variant: 'on', reason: 'STATIC', t0: 10_000, exposures: 5, ok: 2, err: 1, hist: [40, 1, 2, 1] };
const envelope = { v: 1, instance: 'i', seq: 0, sentAt: 12_345, rows: [row], unknown: { typo: 2 }, dropped: 0 };
const withRow = (changes: object) => ({ ...envelope, rows: [{ ...row, ...changes }] });

it('takes an envelope as it is, with or without the optional parts of a row', () => {
  expect(parseTelemetry(envelope)).toEqual(envelope);
  expect(parseTelemetry(withRow({ variant: undefined, hist: undefined }))).toBeTypeOf('object');
  expect(parseTelemetry(withRow({ stage: 'step-2' }))).toBeTypeOf('object');
  expect(
    parseTelemetry(withRow({ slow: [250, 3, 500, 1], calls: 9, retries: 2, openMs: 900, watchedMs: 10_000, validated: 5, invalid: 1 })),
  ).toBeTypeOf('object');
});

it('takes how busy the process was', () => {
  expect(parseTelemetry({ ...envelope, rows: [], process: { ms: 10_000, loop: 0, cpu: 1_000, memory: 412 } })).toBeTypeOf('object');
});

it('takes an unknown key named __proto__', () => {
  const parsed = parseTelemetry(JSON.parse(JSON.stringify(envelope).replace('typo', '__proto__')));
  expect(typeof parsed === 'object' && Object.entries(parsed.unknown)).toEqual([['__proto__', 2]]);
});

it.each<[string, unknown]>([
  ['telemetry', null],
  ['telemetry.v', { ...envelope, v: 2 }],
  ['telemetry.instance', { ...envelope, instance: '' }],
  ['telemetry.instance', { ...envelope, instance: 'i'.repeat(65) }],
  ['telemetry.seq', { ...envelope, seq: -1 }],
  ['telemetry.rows', { ...envelope, rows: Array.from({ length: 501 }, () => row) }],
  ['telemetry.rows', { ...envelope, rows: {} }],
  ['telemetry.rows.0.flag', withRow({ flag: 'f'.repeat(256) })],
  ['telemetry.rows.0.exposures', withRow({ exposures: -1 })],
  ['telemetry.rows.0.ok', withRow({ ok: 0.5 })],
  ['telemetry.rows.0.err', withRow({ err: 2 ** 53 })],
  ['telemetry.rows.0.t0', withRow({ t0: 'now' })],
  ['telemetry.rows.0.hist', withRow({ hist: [1] })],
  ['telemetry.rows.0.hist', withRow({ hist: [1, -1] })],
  ['telemetry.rows.0.slow', withRow({ slow: [500] })],
  ['telemetry.rows.0.slow', withRow({ slow: [0.5, 1] })],
  ['telemetry.rows.0.slow', withRow({ slow: [3_600_001, 1] })],
  ['telemetry.rows.0.slow', withRow({ slow: [500, -1] })],
  ['telemetry.rows.0.slow', withRow({ slow: [1, 1, 2, 1, 3, 1, 4, 1, 5, 1] })],
  ['telemetry.rows.0.retries', withRow({ retries: -1 })],
  ['telemetry.rows.0.openMs', withRow({ openMs: 1.5 })],
  ['telemetry.rows.0.calls', withRow({ calls: -1 })],
  ['telemetry.rows.0.watchedMs', withRow({ watchedMs: '1' })],
  ['telemetry.rows.0.validated', withRow({ validated: '1' })],
  ['telemetry.rows.0.invalid', withRow({ invalid: null })],
  ['telemetry.unknown.typo', { ...envelope, unknown: { typo: 'often' } }],
  ['telemetry.unknown', { ...envelope, unknown: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`k${i}`, 1])) }],
  ['telemetry.process.loop', { ...envelope, process: { ms: 1, loop: 1_001, cpu: 0, memory: 0 } }],
  ['telemetry.process.memory', { ...envelope, process: { ms: 1, loop: 1, cpu: 0 } }],
  ['telemetry.process.ms', { ...envelope, process: { ms: -1, loop: 1, cpu: 0, memory: 0 } }],
  ['telemetry.dropped', { ...envelope, dropped: null }],
])('says that %s is not valid', (path, value) => {
  expect(parseTelemetry(value)).toBe(`${path} is not valid`);
});

it('says which unknown key is too long', () => {
  const long = 'k'.repeat(256);
  expect(parseTelemetry({ ...envelope, unknown: { [long]: 1 } })).toBe(`telemetry.unknown.${long} is not valid`);
});
