import { expect, it } from 'vitest';
import { latenciesBy } from './packed-latencies.js';

const packed = (...pairs: readonly [number, number][]): string => `{${pairs.map(([place, count]) => place * 2 ** 40 + count).join()}}`;

it('adds up the histograms of a group and leaves others apart', () => {
  const latencyOf = latenciesBy([
    { name: 'on', step: 0, packed: packed([0, 5], [255, 2 ** 40 - 1]) },
    { name: 'on', step: 0, packed: packed([0, 2], [90, 3]) },
    { name: 'on', step: 1, packed: packed([7, 1]) },
    { name: 'off', step: 0, packed: packed([8, 4]) },
  ]);
  expect([...latencyOf({ name: 'on', step: 0 })]).toEqual([
    [0, 7],
    [255, 2 ** 40 - 1],
    [90, 3],
  ]);
  expect([...latencyOf({ name: 'on', step: 1 })]).toEqual([[7, 1]]);
  expect([...latencyOf({ name: 'off', step: 0 })]).toEqual([[8, 4]]);
  expect([...latencyOf({ name: 'off', step: 1 })]).toEqual([]);
});
