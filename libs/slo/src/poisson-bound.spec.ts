import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowerBound95 } from './index.js';

it.each([
  [1, 0.0513],
  [2, 0.3554],
  [3, 0.8177],
  [5, 1.9658],
  [10, 5.4235],
  [20, 13.254],
  [50, 38.9647],
  [100, 84.1394],
])('the lower bound of %d failures is %d', (failures, bound) => {
  expect(lowerBound95(failures)).toBeCloseTo(bound, 4);
});

it('nothing seen bounds nothing', () => {
  expect(lowerBound95(0)).toBe(0);
});

it('up to three failures the bound is exact: seeing as many has a chance of 5 % at it', () => {
  for (const failures of [1, 2, 3]) expect(chanceOfAtLeast(failures, lowerBound95(failures))).toBeCloseTo(0.05, 9);
});

it('above three the closed form keeps the chance within a tenth of a percentage point', () => {
  for (let failures = 4; failures <= 60; failures++)
    expect(Math.abs(chanceOfAtLeast(failures, lowerBound95(failures)) - 0.05)).toBeLessThan(1e-3);
});

it('counts that are not whole bound no more than they are, and never less than nothing', () => {
  expect(lowerBound95(0.2)).toBe(0);
  expect(lowerBound95(4.5)).toBeGreaterThan(lowerBound95(4));
  expect(lowerBound95(4.5)).toBeLessThan(lowerBound95(5));
});

it('more failures never bound less, and the bound is below what was seen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (failures) => {
      expect(lowerBound95(failures)).toBeGreaterThan(lowerBound95(failures - 1));
      expect(lowerBound95(failures)).toBeLessThan(failures);
    }),
  );
});

function chanceOfAtLeast(failures: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = term;
  for (let k = 1; k < failures; k++) {
    term *= mean / k;
    below += term;
  }
  return 1 - below;
}
