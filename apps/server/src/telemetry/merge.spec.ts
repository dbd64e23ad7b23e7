import { expect, it } from 'vitest';
import type { Addition } from './admission.js';
import { mergeAdditions } from './merge.js';

const one: Addition = {
  slot: 0,
  flag: 'a',
  version: 1,
  variant: 'on',
  reason: 'STATIC',
  stage: '',
  exposures: 1,
  exposuresFirst: 4,
  ok: 2,
  err: 3,
  errFirst: 5,
  hist: new Map([[5, 1]]),
};

it('adds up what goes to one series and leaves the others apart', () => {
  const merged = mergeAdditions([
    one,
    { ...one, variant: 'off' },
    {
      ...one,
      hist: new Map([
        [5, 2],
        [9, 1],
      ]),
    },
    { ...one, slot: 10_000 },
  ]);
  expect(merged).toHaveLength(3);
  expect(merged).toContainEqual({
    ...one,
    exposures: 2,
    exposuresFirst: 8,
    ok: 4,
    err: 6,
    errFirst: 10,
    hist: new Map([
      [5, 3],
      [9, 1],
    ]),
  });
});

it('answers in one order whatever the order of arrival', () => {
  const additions = ['b', 'a', 'ü', 'A', '10', '9'].map((flag) => ({ ...one, flag }));
  const order = mergeAdditions(additions).map(({ flag }) => flag);
  expect(mergeAdditions([...additions].reverse()).map(({ flag }) => flag)).toEqual(order);
});
