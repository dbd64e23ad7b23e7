import { expect, it } from 'vitest';
import { bucketOf, sparse } from './histogram.js';

it.each([
  [0, 0],
  [1, 0],
  [1.0001, 0],
  [2, 15],
  [100, 106],
  [120, 110],
  [400, 138],
  [500, 143],
  [512, 143],
  [1000, 159],
  [65_536, 255],
  [1e12, 255],
])('puts %s ms into bucket %s', (ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket);
});

it('puts what is no duration into the first bucket', () => {
  expect([Number.NaN, -5].map(bucketOf)).toEqual([0, 0]);
});

it('writes buckets as gaps and counts in ascending order, the first gap counted from -1', () => {
  const buckets: number[] = [];
  buckets[15] = 2;
  buckets[0] = 7;
  buckets[255] = 1;
  expect(sparse(buckets)).toEqual([1, 7, 15, 2, 240, 1]);
});
