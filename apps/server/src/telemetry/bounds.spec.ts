import { expect, it } from 'vitest';
import { placeOfTimed, placeOfTimedErrors } from '../timed-outcomes.js';
import type { Addition } from './addition.js';
import { Bounds } from './bounds.js';
import type { Series } from './series.js';

const now = 1_800_000_000_000;
const series: Series = {
  id: null,
  environmentId: 'shop',
  flag: 'cart',
  version: 7,
  variant: 'on',
  reason: 'SPLIT',
  stage: 'step-1',
  trust: 'client',
};
const one: Addition = {
  series,
  slot: now,
  exposures: 1,
  exposuresFirst: 1,
  ok: 1,
  err: 0,
  errFirst: 0,
  calls: 0,
  retries: 0,
  openMs: 0,
  watchedMs: 0,
  validated: 0,
  invalid: 0,
  slow: new Map(),
  hist: new Map(),
};

function aBound() {
  const bounds = new Bounds();
  return (change: Partial<Addition>, { instance = 'i', ...of }: Partial<Series> & { instance?: string } = {}): Addition => {
    const addition = { ...one, ...change, series: { ...series, ...of } };
    const [bound] = bounds.apply([addition], { environmentId: addition.series.environmentId, instance }).additions;
    if (bound === undefined) throw new Error('nothing came back');
    return bound;
  };
}

it('leaves alone what an honest client counts', () => {
  const honest = { exposures: 5_000, ok: 4_990, err: 10, slow: new Map([[500, 7]]), hist: new Map([[90, 5_000]]), openMs: 10_000 };
  const measured = [
    [placeOfTimed(500), 4_990],
    [placeOfTimedErrors(500), 10],
  ] as const;
  expect(aBound()(honest)).toEqual({ ...one, ...honest, slow: new Map([[500, 7], ...measured]) });
});

it.each([
  ['client', 100_000],
  ['server', 10_000_000],
] as const)('lets no instance with a %s key count more than %d in a slot, in however many batches', (trust, most) => {
  const bound = aBound();
  const half = { exposures: most * 0.75, ok: most * 0.5, hist: new Map([[3, most]]) };
  expect(bound(half, { trust, flag: 'a' })).toMatchObject({ exposures: most * 0.75, ok: most * 0.5, hist: new Map([[3, most / 2]]) });
  expect(bound(half, { trust, flag: 'b' })).toMatchObject({ exposures: most / 4, ok: most / 4, hist: new Map([[3, most / 4]]) });
  expect(bound(half, { trust, flag: 'c' })).toMatchObject({ exposures: 0, exposuresFirst: 0, ok: 0, hist: new Map([[3, 0]]) });
  expect(bound({ ...half, slot: now + 10_000 }, { trust })).toMatchObject({ exposures: most * 0.75 });
  expect(bound(half, { trust, instance: 'another' })).toMatchObject({ exposures: most * 0.75 });
});

it.each<[string, Partial<Addition>]>([
  ['evaluations', { exposures: 70_000, ok: 0 }],
  ['outcomes', { exposures: 0, ok: 35_000, err: 35_000 }],
  ['calls', { calls: 70_000 }],
  ['retries', { retries: 70_000 }],
  ['values that were checked', { validated: 70_000 }],
])('has no room twice for what %s took up', (_, change) => {
  const bound = aBound();
  expect(bound(change)).toMatchObject(change);
  expect(bound({ exposures: 50_000, ok: 40_000, retries: 40_000, validated: 40_000, invalid: 40_000 })).toMatchObject({
    exposures: 30_000,
    ok: 30_000,
    retries: 30_000,
    validated: 30_000,
    invalid: 30_000,
  });
});

it('keeps the first four thresholds of a flag, by each kind of key', () => {
  const bound = aBound();
  const slow = (...ms: number[]) => new Map(ms.map((each) => [each, 1]));
  const kept = (...ms: number[]) => new Map(ms.flatMap((each) => [each, placeOfTimed(each)]).map((place) => [place, 1]));
  expect(bound({ slow: slow(100, 200, 300) }).slow).toEqual(kept(100, 200, 300));
  expect(bound({ slow: slow(50, 100, 60) }).slow).toEqual(kept(50, 100));
  expect(bound({ slow: slow(60) }, { trust: 'server' }).slow).toEqual(kept(60));
  expect(bound({ slow: slow(60) }, { flag: 'other' }).slow).toEqual(kept(60));
});

it('lets no instance count more time in a slot, and nothing else less for that', () => {
  const bound = aBound();
  expect(bound({ openMs: 70_000 })).toMatchObject({ openMs: 70_000 });
  expect(bound({ openMs: 70_000, exposures: 50_000 })).toMatchObject({ openMs: 30_000, exposures: 50_000 });
  expect(bound({ openMs: 1, exposures: 10_000 })).toMatchObject({ openMs: 0, exposures: 10_000 });
  expect(bound({ openMs: 1, slot: now + 10_000 })).toMatchObject({ openMs: 1 });
});

it('lets no instance watch more time than it has', () => {
  const bound = aBound();
  expect(bound({ watchedMs: 70_000, openMs: 5_000 })).toMatchObject({ watchedMs: 70_000, openMs: 5_000 });
  expect(bound({ watchedMs: 70_000, openMs: 40_000 })).toMatchObject({ watchedMs: 30_000, openMs: 30_000 });
});

it('counts outcomes of both kinds together against the room, in the share that they had', () => {
  expect(aBound()({ ok: 300_000, err: 100_000 })).toMatchObject({ ok: 75_000, err: 25_000 });
});

it('takes no more latencies than outcomes, of all buckets alike', () => {
  const hist = new Map([
    [3, 10],
    [90, 30],
    [200, 1],
  ]);
  expect(aBound()({ ok: 5, err: 15, hist }).hist).toEqual(
    new Map([
      [3, 4],
      [90, 14],
    ]),
  );
  expect(aBound()({ ok: 40, err: 1, hist }).hist).toEqual(hist);
  expect(aBound()({ ok: 0, err: 0, hist }).hist).toEqual(new Map());
});

it('takes nothing for slow that did not end well', () => {
  expect(aBound()({ ok: 3, slow: new Map([[500, 9]]) }).slow.get(500)).toBe(3);
});

it('says how much there was no room for', () => {
  const [bounds, of] = [new Bounds(), { environmentId: 'shop', instance: 'i' }];
  const rows = [{ exposures: 60_000 }, { exposures: 60_000, ok: 10 }, { exposures: 0, ok: 3, err: 4 }].map((change) => ({
    ...one,
    ok: 0,
    ...change,
  }));
  expect(bounds.apply(rows, of)).toMatchObject({ beyondRoom: 20_007, clampedRows: 2 });
  expect(bounds.apply([{ ...one, slot: now + 10_000 }], of)).toMatchObject({ beyondRoom: 0, clampedRows: 0 });
});
