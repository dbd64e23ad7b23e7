import { expect, it } from 'vitest';
import { retryAfterOf, waitAfter } from './retry.js';

it('waits as Standard Webhooks recommend, then gives up', () => {
  const waits = Array.from({ length: 11 }, (_, index) => waitAfter(index + 1, 0, null));
  expect(waits.map((wait) => wait && wait / 1_000)).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, null, null]);
});

it('adds up to a fifth at random', () => {
  expect(waitAfter(1, 0.5, null)).toBe(5_500);
  expect(waitAfter(1, 1, null)).toBe(6_000);
});

it('waits as long as the receiver asks for, a day at most', () => {
  expect(waitAfter(1, 0, 60_000)).toBe(60_000);
  expect(waitAfter(2, 0, 60_000)).toBe(300_000);
  expect(waitAfter(1, 0, 10 * 86_400_000)).toBe(86_400_000);
});

it('reads Retry-After in seconds and as a date', () => {
  const now = Date.UTC(2026, 10, 22);
  expect(retryAfterOf('120', now)).toBe(120_000);
  expect(retryAfterOf('Sun, 22 Nov 2026 00:01:00 GMT', now)).toBe(60_000);
  expect(retryAfterOf('Sun, 22 Nov 2020 00:01:00 GMT', now)).toBe(0);
  expect(retryAfterOf('soon', now)).toBe(null);
  expect(retryAfterOf(undefined, now)).toBe(null);
});
