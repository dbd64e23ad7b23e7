import { expect, it } from 'vitest';
import { type Addition, mergeAdditions } from './addition.js';
import { type Series, seriesKey } from './series.js';

function aSeries(change: Partial<Series> = {}): Series {
  return { id: null, environmentId: 'e', flag: 'a', version: 1, variant: 'on', reason: 'STATIC', stage: '', trust: 'server', ...change };
}

const one: Addition = {
  series: aSeries(),
  slot: 0,
  exposures: 1,
  exposuresFirst: 4,
  ok: 2,
  err: 3,
  errFirst: 5,
  calls: 10,
  retries: 6,
  openMs: 7,
  watchedMs: 11,
  validated: 9,
  invalid: 8,
  slow: new Map([[500, 1]]),
  hist: new Map([[5, 1]]),
};

it('adds up what goes to one series and leaves the others apart', () => {
  const more = new Map([
    [5, 2],
    [9, 1],
  ]);
  const merged = mergeAdditions(
    [
      one,
      { ...one, series: aSeries() },
      { ...one, series: aSeries() },
      { ...one, series: aSeries() },
      { ...one, slow: new Map([[250, 3]]), hist: more },
      { ...one, slot: 10_000 },
    ],
    10_000,
  );
  expect(merged).toHaveLength(5);
  expect(merged).toContainEqual({
    ...one,
    exposures: 2,
    exposuresFirst: 8,
    ok: 4,
    err: 6,
    errFirst: 10,
    calls: 20,
    retries: 12,
    openMs: 14,
    watchedMs: 22,
    validated: 18,
    invalid: 16,
    slow: new Map([
      [500, 1],
      [250, 3],
    ]),
    hist: new Map([
      [5, 3],
      [9, 1],
    ]),
  });
});

it('adds up the slots of a wider one', () => {
  const slots = [0, 50_000, 60_000].map((slot) => ({ ...one, slot }));
  expect(mergeAdditions(slots, 60_000).map(({ slot, exposures }) => [slot, exposures])).toEqual([
    [0, 2],
    [60_000, 1],
  ]);
});

it('knows a series by its number, whatever object stands for it', () => {
  const [first, second] = [1, 1].map((id) => ({ ...one, series: aSeries({ id }) }));
  if (first === undefined || second === undefined) throw new Error('there are two');
  expect(mergeAdditions([first, second, { ...one, series: aSeries({ id: 2 }) }], 10_000).map(({ exposures }) => exposures)).toEqual([2, 1]);
});

it('tells series apart whatever their parts', () => {
  const parts = ['', 'a', 'b', 'ab', '1'];
  const all = parts.flatMap((variant) => parts.flatMap((reason) => parts.map((stage) => ({ version: 1, variant, reason, stage }))));
  expect(new Set(all.map(seriesKey)).size).toBe(125);
});
