import { quantile } from '@ballast/slo';
import { expect, it } from 'vitest';
import { addHistogram, fromSparse } from './histogram.js';

it('reads gaps from the bucket before, the first from -1', () => {
  expect(fromSparse([1, 5, 16, 2, 1, 3], 1_000)).toEqual(
    new Map([
      [0, 5],
      [16, 2],
      [17, 3],
    ]),
  );
});

it.each([[[0, 1]], [[257, 1]], [[200, 1, 57, 1]]])('refuses buckets that do not exist: %j', (sparse) => {
  expect(fromSparse(sparse, 1_000)).toBeNull();
});

it('reads the last bucket, and clamps counts', () => {
  expect(fromSparse([256, 5_000], 1_000)).toEqual(new Map([[255, 1_000]]));
});

it('adds histograms bucket by bucket', () => {
  const sum = new Map([
    [1, 2],
    [3, 4],
  ]);
  const more = new Map([
    [3, 1],
    [9, 9],
  ]);
  addHistogram(sum, more);
  expect([...sum]).toEqual([
    [1, 2],
    [3, 5],
    [9, 9],
  ]);
});

it.each([
  [2, 15],
  [100, 106],
  [400, 138],
  [1_000, 159],
])('finds %d ms within 2.19 %% of its bucket %d', (ms, bucket) => {
  const found = quantile(new Map([[bucket, 1]]), 0.5) ?? 0;
  expect(Math.abs(found / ms - 1)).toBeLessThan(0.0219);
});

it('takes the bucket that holds the rank', () => {
  const histogram = new Map([
    [159, 5],
    [15, 94],
    [106, 1],
  ]);
  expect([0.5, 0.95, 0.99, 1].map((q) => quantile(histogram, q))).toEqual([
    2 ** (15.5 / 16),
    2 ** (106.5 / 16),
    2 ** (159.5 / 16),
    2 ** (159.5 / 16),
  ]);
});

it('has no quantile without counts', () => {
  expect(quantile(new Map(), 0.5)).toBeNull();
});
