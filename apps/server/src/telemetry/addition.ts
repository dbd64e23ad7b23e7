import type { Histogram } from '@ballast/slo';
import { addHistogram } from './histogram.js';
import type { Series } from './series.js';

/** Names of the counts that add up one by one. */
export const COUNTS = [
  'exposures',
  'exposuresFirst',
  'ok',
  'err',
  'errFirst',
  'calls',
  'retries',
  'openMs',
  'watchedMs',
  'validated',
  'invalid',
] as const;

/** Counts to be added to one series of one slot. */
export interface Addition extends Readonly<Record<(typeof COUNTS)[number], number>> {
  readonly series: Series;
  readonly slot: number;
  /** Outcomes without an error that took longer, by milliseconds; where it was measured, also how many were, by the places of `timed-outcomes.ts`. */
  readonly slow: Histogram;
  readonly hist: Histogram;
}

type Sum = { -readonly [Name in keyof Addition]: Addition[Name] } & {
  slow: Map<number, number>;
  hist: Map<number, number>;
};

function add(sum: Sum, addition: Addition): void {
  // One by one: a loop over names costs more than the additions.
  sum.exposures += addition.exposures;
  sum.exposuresFirst += addition.exposuresFirst;
  sum.ok += addition.ok;
  sum.err += addition.err;
  sum.errFirst += addition.errFirst;
  sum.calls += addition.calls;
  sum.retries += addition.retries;
  sum.openMs += addition.openMs;
  sum.watchedMs += addition.watchedMs;
  sum.validated += addition.validated;
  sum.invalid += addition.invalid;
  if (addition.slow.size > 0) addHistogram(sum.slow, addition.slow);
  if (addition.hist.size > 0) addHistogram(sum.hist, addition.hist);
}

/** Adds up what goes to the same series of the same slot of this width, in whatever order it came. */
export function mergeAdditions(additions: Iterable<Addition>, widthMs: number): readonly Addition[] {
  // Across the turn of an hour there are two objects for one series; its number is the same.
  const sums = new Map<Series | number, Map<number, Sum>>();
  const merged: Sum[] = [];
  for (const addition of additions) {
    const slot = addition.slot - (addition.slot % widthMs);
    const series = addition.series.id ?? addition.series;
    const slots = sums.get(series) ?? new Map<number, Sum>();
    const sum = slots.get(slot);
    if (sum !== undefined) {
      add(sum, addition);
      continue;
    }
    const first = { ...addition, slot, slow: new Map(addition.slow), hist: new Map(addition.hist) };
    merged.push(first);
    if (slots.size === 0) sums.set(series, slots);
    slots.set(slot, first);
  }
  return merged;
}
