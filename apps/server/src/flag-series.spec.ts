import { expect, it } from 'vitest';
import { BOUNDS } from './flag-latencies.js';
import { type CountedOutcomes, FlagSeries } from './flag-series.js';

const counted = (different: Partial<CountedOutcomes> = {}): CountedOutcomes => ({
  environmentId: 'production',
  flag: 'new-checkout',
  variant: 'on',
  reason: 'SPLIT',
  exposures: 1,
  ok: 0,
  err: 0,
  calls: 0,
  retries: 0,
  openMs: 0,
  watchedMs: 0,
  validated: 0,
  invalid: 0,
  slow: new Map(),
  hist: new Map(),
  ...different,
});

it('adds up what belongs to one variant, whatever its reason', () => {
  const series = new FlagSeries(10);
  series.add(counted({ exposures: 2, ok: 2, slow: new Map([[500, 1]]) }));
  series.add(counted({ exposures: 3, err: 1, reason: 'TARGETING_MATCH', slow: new Map([[500, 2]]) }));
  series.add(counted({ variant: 'off' }));
  const [on, off] = series.sums.values();
  expect(on).toMatchObject({ exposures: 5, ok: 2, err: 1, slow: new Map([[500, 3]]) });
  expect(on?.reasons).toEqual(
    new Map([
      ['SPLIT', 2],
      ['TARGETING_MATCH', 3],
    ]),
  );
  expect(off?.exposures).toBe(1);
});

it('counts what belongs to variants beyond the bound as left out, and goes on with those it knows', () => {
  const series = new FlagSeries(1);
  series.add(counted());
  series.add(counted({ flag: 'other', exposures: 4 }));
  series.track({ environmentId: 'production', flag: 'other', variant: 'on', event: 'paid', count: 2 });
  series.add(counted());
  expect(series.leftOut).toEqual({ variants: 4, events: 2, thresholds: 0 });
  expect([...series.sums.values()].map(({ exposures }) => exposures)).toEqual([2]);
});

it('has no series for the fifty-first event and the eleventh threshold of a variant', () => {
  const series = new FlagSeries(1);
  for (let i = 0; i < 52; i += 1)
    series.track({ environmentId: 'production', flag: 'new-checkout', variant: 'on', event: `e${i}`, count: 1 });
  for (let ms = 1; ms < 13; ms += 1) series.add(counted({ slow: new Map([[ms, 3]]) }));
  series.track({ environmentId: 'production', flag: 'new-checkout', variant: 'on', event: 'e0', count: 1 });
  expect(series.leftOut).toEqual({ variants: 0, events: 2, thresholds: 6 });
  const [sum] = series.sums.values();
  expect([sum?.events.size, sum?.events.get('e0'), sum?.slow.size]).toEqual([50, 2, 10]);
});

it('puts each of the 256 buckets below the first bound that is not shorter', () => {
  for (const bucket of [0, 15, 16, 111, 112, 119, 120, 143, 144, 239, 240, 255]) {
    const series = new FlagSeries(1);
    series.add(counted({ hist: new Map([[bucket, 1]]) }));
    const [sum] = series.sums.values();
    const upper = 2 ** ((bucket + 1) / 16) / 1_000;
    const expected = [...BOUNDS, Number.POSITIVE_INFINITY].map((bound) => (upper <= bound * 1.000_01 ? 1 : 0));
    expect(sum?.latencies.upTo, `bucket ${bucket}`).toEqual(expected);
  }
});
