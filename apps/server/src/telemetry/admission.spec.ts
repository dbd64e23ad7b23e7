import { type Flag, prepareFlag } from '@ballast/evaluation';
import type { CounterRow, TelemetryEnvelope, View } from '@ballast/protocol';
import { expect, it } from 'vitest';
import { type Admitted, admit, type Known, MAX_AGE_MS } from './admission.js';
import { slotOf } from './clock-skew.js';

const now = 1_800_000_000_000;
const flag: Flag = {
  key: 'cart',
  version: 7,
  type: 'boolean',
  state: 'on',
  variants: { on: true, off: false },
  offVariant: null,
  prerequisites: [],
  rules: [],
  default: null,
  metadata: {},
};
const known: Known = {
  environmentId: 'shop',
  flags: new Map([['cart', prepareFlag(flag)]]),
  revision: 9,
  trust: 'server',
  stagesOf: () => new Set(['step-1', 'step-2']),
  seriesOf: (names) => ({ ...names, environmentId: 'shop', id: null }),
};
const row: CounterRow = {
  flag: 'cart',
  version: 7,
  variant: 'on',
  reason: 'SPLIT',
  t0: slotOf(now),
  exposures: 10,
  ok: 3,
  err: 1,
  hist: [107, 4],
};

function envelope(rows: readonly CounterRow[], rest: Partial<TelemetryEnvelope> = {}): TelemetryEnvelope {
  return { v: 1, instance: 'i', seq: 0, sentAt: now, rows, unknown: {}, dropped: 0, ...rest };
}

function admitted(rows: readonly CounterRow[], rest: Partial<TelemetryEnvelope> = {}, trust: View = 'server'): Admitted {
  const result = admit(envelope(rows, rest), { ...known, trust }, { now, offset: 0 });
  if (result === 'expired') throw new Error('expired');
  return result;
}

it('counts a row under its series and slot', () => {
  expect(admitted([row]).additions).toEqual([
    {
      series: { environmentId: 'shop', id: null, flag: 'cart', version: 7, variant: 'on', reason: 'SPLIT', stage: '', trust: 'server' },
      slot: slotOf(now),
      exposures: 10,
      exposuresFirst: 0,
      ok: 3,
      err: 1,
      errFirst: 0,
      calls: 0,
      retries: 0,
      openMs: 0,
      watchedMs: 0,
      validated: 0,
      invalid: 0,
      slow: new Map(),
      hist: new Map([[106, 4]]),
    },
  ]);
});

it('counts what was slow, called again, broken off and invalid', () => {
  const rest = { slow: [250, 3, 500, 1], calls: 9, retries: 2, openMs: 900, watchedMs: 10_000, validated: 5, invalid: 1 };
  const slow = new Map([
    [250, 3],
    [500, 1],
  ]);
  expect(admitted([{ ...row, ...rest }]).additions).toMatchObject([{ ...rest, slow }]);
});

it.each<[string, View, Partial<CounterRow>, object]>([
  ['the version that is not yet here, of a server', 'server', { version: 8 }, { version: 8 }],
  ['no version that is still to come, of a page', 'client', { version: 8 }, { version: 0 }],
  ['a version of before', 'client', { version: 3 }, { version: 3 }],
  ['a step that the flag has', 'client', { stage: 'step-2' }, { stage: 'step-2' }],
  ['no step that somebody made up', 'client', { stage: 'step-9' }, { stage: '' }],
  ['a step that only a server knows', 'server', { stage: 'step-9' }, { stage: 'step-9' }],
])('counts %s', (_, trust, change, series) => {
  expect(admitted([{ ...row, ...change }], {}, trust).additions).toMatchObject([{ series: { ...series, trust } }]);
});

it('finds no more values invalid than were checked', () => {
  expect(
    admitted([
      { ...row, validated: 3, invalid: 9 },
      { ...row, invalid: 1 },
    ]).additions,
  ).toMatchObject([
    { validated: 3, invalid: 3 },
    { validated: 0, invalid: 0 },
  ]);
});

it('counts what got the code default under no variant', () => {
  const { variant: _, ...bare } = row;
  expect(admitted([bare]).additions).toMatchObject([{ series: { variant: '' } }]);
});

it.each([
  ['an unknown flag', { flag: 'nobody' }],
  ['an inherited name', { flag: 'constructor', variant: 'toString' }],
  ['an unknown variant', { variant: 'purple' }],
  ['an inherited variant', { variant: 'toString' }],
  ['an unknown reason', { reason: 'BECAUSE' }],
  ['a version from the far future', { version: 5_000 }],
  ['a stage that cannot be stored', { stage: 'a\0' }],
  ['a histogram beyond its buckets', { hist: [400, 1] }],
])('rejects and counts a row about %s, and only that row', (_, change) => {
  const result = admitted([{ ...row, ...change }, row]);
  expect(result.additions).toHaveLength(1);
  expect(result.rejectedRows).toBe(1);
});

it('counts contexts that are new, at most as many as there were evaluations', () => {
  expect(admitted([{ ...row, exposuresFirst: 4, errFirst: 1 }]).additions).toMatchObject([
    { exposures: 10, exposuresFirst: 4, errFirst: 1 },
  ]);
  expect(admitted([{ ...row, exposuresFirst: 11, errFirst: 1e9 }]).additions).toMatchObject([{ exposuresFirst: 10, errFirst: 10 }]);
});

it('clamps counts that no instance can reach in a slot', () => {
  const forged = { ...row, exposures: Number.MAX_SAFE_INTEGER, ok: 2e9, err: 1e12, hist: [1, 1e12] };
  expect(admitted([forged], { dropped: 1e15 })).toMatchObject({
    additions: [{ exposures: 10_000_000, ok: 10_000_000, err: 10_000_000, hist: new Map([[0, 10_000_000]]) }],
    dropped: 10_000_000,
  });
});

it('takes no batch that is older than claims are remembered', () => {
  const time = { now, offset: 0 };
  expect(admit(envelope([row, { ...row, t0: slotOf(now) - MAX_AGE_MS - 10_000 }]), known, time)).toBe('expired');
  expect(admit(envelope([{ ...row, t0: slotOf(now) - MAX_AGE_MS + 10_000 }]), known, time)).not.toBe('expired');
});

it('gives all rows of a batch one offset, and says which could not be placed', () => {
  const result = admit(envelope([row, { ...row, t0: row.t0 - 20_000 }]), known, { now, offset: -3_600_000 });
  expect(result).toMatchObject({ additions: [{ slot: row.t0 - 3_600_000 }, { slot: row.t0 - 3_620_000 }], skewedRows: 0 });
  expect(admit(envelope([{ ...row, t0: now + 90_000 }]), known, { now, offset: 0 })).toMatchObject({
    additions: [{ slot: slotOf(now) }],
    skewedRows: 1,
  });
});

it('keeps unknown keys that can be stored, __proto__ among them', () => {
  const unknown: unknown = JSON.parse('{"__proto__":3,"cart2":1,"":5,"a\\u0000":1,"none":0}');
  const result = admitted([], { unknown: unknown as TelemetryEnvelope['unknown'] });
  expect([...result.unknown]).toEqual([
    ['__proto__', 3],
    ['cart2', 1],
  ]);
});

it('spreads what is told with a public key over few slots of long ago, and over all of the last hour', () => {
  const slots = (trust: View) => {
    const rows = Array.from({ length: 17_280 }, (_, index) => ({ ...row, t0: slotOf(now) - index * 10_000 }));
    return admitted(rows, {}, trust).additions.map(({ slot }) => slot);
  };
  expect(new Set(slots('server')).size).toBe(17_280);
  const ofPage = slots('client');
  expect(ofPage.slice(0, 361)).toEqual(Array.from({ length: 361 }, (_, index) => slotOf(now) - index * 10_000));
  expect(new Set(ofPage).size).toBeLessThan(361 + 4 * 47 + 2);
  for (const [index, slot] of ofPage.entries()) expect(slotOf(now) - index * 10_000 - slot).toBeLessThan(900_000);
});
