import { expect, it } from 'vitest';
import { levelOf, waitOf } from './token-bucket.js';

const RATE = { size: 3, perSecond: 0.5 };

it('starts full', () => {
  expect(levelOf(undefined, RATE, 1_000)).toBe(3);
  expect(waitOf(undefined, RATE, 1_000)).toBe(0);
});

it('fills up again with time, and no further than its size', () => {
  const empty = { level: 0, at: 1_000 };
  expect([1_000, 2_000, 3_000, 60_000].map((now) => levelOf(empty, RATE, now))).toEqual([0, 0.5, 1, 3]);
});

it('says how many seconds until the next attempt', () => {
  const empty = { level: 0, at: 1_000 };
  expect([1_000, 1_900, 2_900, 3_000].map((now) => waitOf(empty, RATE, now))).toEqual([2, 2, 1, 0]);
});

it('takes a clock that steps back for one that stands still', () => {
  expect(levelOf({ level: 1, at: 5_000 }, RATE, 1_000)).toBe(1);
});
