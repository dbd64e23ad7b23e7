import { expect, it } from 'vitest';
import { type Addition, mergeAdditions, seriesKey } from './addition.js';

const one: Addition = {
  environmentId: 'e',
  key: 'a',
  slot: 0,
  flag: 'a',
  version: 1,
  variant: 'on',
  reason: 'STATIC',
  stage: '',
  trust: 'server',
  exposures: 1,
  exposuresFirst: 4,
  ok: 2,
  err: 3,
  errFirst: 5,
  retries: 6,
  openMs: 7,
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
      { ...one, variant: 'off', key: 'off' },
      { ...one, trust: 'client', key: 'client' },
      { ...one, environmentId: 'f' },
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
    retries: 12,
    openMs: 14,
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

it('answers in one order whatever the order of arrival', () => {
  const additions = ['b', 'a', 'ü', 'A', '10', '9'].map((flag) => ({ ...one, flag, key: flag }));
  const order = mergeAdditions(additions, 10_000).map(({ flag }) => flag);
  expect(mergeAdditions([...additions].reverse(), 10_000).map(({ flag }) => flag)).toEqual(order);
});

it('tells series apart whatever their parts', () => {
  const parts = ['', 'a', 'b', 'ab', '1'];
  const all = parts.flatMap((variant) => parts.flatMap((reason) => parts.map((stage) => ({ ...one, variant, reason, stage }))));
  expect(new Set(all.map(seriesKey)).size).toBe(125);
});
