import { expect, it } from 'vitest';
import { EXPOSED, FAILED, FirstExposures } from './first-exposures.js';

/** Hashes that look random and are the same in every run. */
function hashes(count: number): number[] {
  let state = 7;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.imul(state ^ (state >>> 15), 0x85ebca6b);
  });
}

it('tells the first time from all later ones, and meeting from failing', () => {
  const firsts = new FirstExposures();
  expect([firsts.isFirst(7, EXPOSED), firsts.isFirst(7, EXPOSED), firsts.isFirst(8, EXPOSED)]).toEqual([true, false, true]);
  expect([firsts.isFirst(7, FAILED), firsts.isFirst(7, FAILED), firsts.isFirst(7, EXPOSED)]).toEqual([true, false, false]);
});

it('is exact up to its bound', () => {
  const firsts = new FirstExposures(5_000);
  const all = new Set(hashes(5_000));
  expect([...all, ...all].filter((hash) => firsts.isFirst(hash, EXPOSED))).toEqual([...all]);
});

it('goes on beyond its bound with a share of the contexts, each still counted once', () => {
  const firsts = new FirstExposures(1_000);
  const all = new Set(hashes(20_000));
  for (const hash of all) firsts.isFirst(hash, EXPOSED);
  const known = [...all].filter((hash) => firsts.isFirst(hash, FAILED));
  expect(known.length).toBeGreaterThan(300);
  expect(known.length).toBeLessThanOrEqual(1_000);
  expect([...all].filter((hash) => firsts.isFirst(hash, EXPOSED))).toEqual([]);
});
