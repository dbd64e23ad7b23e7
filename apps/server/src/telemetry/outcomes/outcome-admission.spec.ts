import { type Flag, prepareFlag } from '@ballast/evaluation';
import type { OutcomeRow, View } from '@ballast/protocol';
import { expect, it } from 'vitest';
import type { Known } from '../admission.js';
import { admitOutcomes } from './outcome-admission.js';

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
const row: OutcomeRow = { flag: 'cart', version: 7, variant: 'on', event: 'order', t0: now, count: 1, sum: 2.5 };

const seriesOf: Known['seriesOf'] = (names) => ({ ...names, environmentId: 'shop', id: null });

function admitted(rows: readonly OutcomeRow[], trust: View = 'server', offset = 0) {
  const flags = new Map([['cart', prepareFlag(flag)]]);
  return admitOutcomes(
    rows,
    { environmentId: 'shop', flags, revision: 9, trust, stagesOf: () => new Set(['step-1']), seriesOf },
    { now, offset },
  );
}

it('counts an event for the variant that it followed on', () => {
  const series = { environmentId: 'shop', flag: 'cart', event: 'order', version: 7, variant: 'on', stage: '', trust: 'server' };
  expect(admitted([row])).toEqual({ outcomes: [{ ...series, slot: now, count: 1, millionths: 2_500_000n }], rejected: 0 });
});

it.each<[string, Partial<OutcomeRow>]>([
  ['a flag that nobody has', { flag: 'constructor' }],
  ['a variant that the flag has not', { variant: 'toString' }],
  ['an event without a name', { event: '' }],
  ['an event that cannot be stored', { event: 'a\0' }],
  ['a time that is too long ago', { t0: now - 48 * 3_600_000 - 10_000 }],
  ['a version of the far future', { version: 5_000 }],
])('rejects %s, and only that', (_, change) => {
  const { outcomes, rejected } = admitted([{ ...row, ...change }, row]);
  expect([outcomes.length, rejected]).toEqual([1, 1]);
});

it('moves events to where they belong on the own clock', () => {
  const slots = (offset: number, t0: number) => admitted([{ ...row, t0 }], 'server', offset).outcomes.map(({ slot }) => slot);
  expect(slots(-3_600_000, now)).toEqual([now - 3_600_000]);
  expect(slots(0, now + 3_600_000)).toEqual([now]);
});

it('believes no versions and steps of a public key', () => {
  const { outcomes } = admitted(
    [
      { ...row, version: 8, stage: 'made-up' },
      { ...row, version: 3, stage: 'step-1' },
    ],
    'client',
  );
  expect(outcomes).toMatchObject([
    { version: 0, stage: '', trust: 'client' },
    { version: 3, stage: 'step-1', trust: 'client' },
  ]);
});

it.each<[View, number]>([
  ['client', 100_000],
  ['server', 10_000_000],
])('counts no more in a slot than one instance of a %s can do', (trust, most) => {
  const counts = (rows: readonly OutcomeRow[]) => admitted(rows, trust).outcomes.map(({ count }) => count);
  const many = { ...row, count: most * 0.75 };
  expect(counts([many, many, many])).toEqual([most * 0.75, most / 4, 0]);
  expect(counts([many, { ...many, t0: now - 10_000 }])).toEqual([most * 0.75, most * 0.75]);
});

it('adds values up to the nearest millionth', () => {
  const sums = [8.2, -8.2, 1.000_000_4, 1.000_000_6].map((sum) => admitted([{ ...row, sum }]).outcomes[0]?.millionths);
  expect(sums).toEqual([8_200_000n, -8_200_000n, 1_000_000n, 1_000_001n]);
});

it('adds no larger sum than so many events can make', () => {
  const sums = [1e15, -1e15, 0.000_000_4].map((sum) => admitted([{ ...row, count: 2, sum }]).outcomes[0]?.millionths);
  expect(sums).toEqual([2_000_000_000_000_000n, -2_000_000_000_000_000n, 0n]);
  expect(admitted([{ ...row, count: 0, sum: 5 }]).outcomes[0]?.millionths).toBe(0n);
});
