import type { View } from '@ballast/protocol';
import { type Histogram, mergeHistograms } from './histogram.js';

/** Names of the counts that add up one by one. */
export const COUNTS = ['exposures', 'exposuresFirst', 'ok', 'err', 'errFirst', 'retries', 'openMs', 'validated', 'invalid'] as const;

/** What one series counts: '' stands for no variant and no stage, `trust` is the view of the key that it was sent with. */
export interface Series {
  readonly flag: string;
  readonly version: number;
  readonly variant: string;
  readonly reason: string;
  readonly stage: string;
  readonly trust: View;
}

/** Counts to be added to one series of one slot. */
export interface Addition extends Series, Readonly<Record<(typeof COUNTS)[number], number>> {
  readonly slot: number;
  /** Outcomes without an error that took longer, by milliseconds. */
  readonly slow: Histogram;
  readonly hist: Histogram;
}

/** An addition and where it belongs. */
export interface PlacedAddition extends Addition {
  readonly environmentId: string;
}

/** No text that can be stored holds this, so keys are told apart whatever their parts. */
const BETWEEN = '\0';

/** One text for each series. */
export function seriesKey({ flag, version, variant, reason, stage, trust }: Series): string {
  return [flag, version, variant, reason, stage, trust].join(BETWEEN);
}

function sum(a: PlacedAddition, b: PlacedAddition): PlacedAddition {
  const counts = { ...a };
  for (const name of COUNTS) counts[name] = a[name] + b[name];
  return { ...counts, slow: mergeHistograms(a.slow, b.slow), hist: mergeHistograms(a.hist, b.hist) };
}

/** Adds up what goes to the same series of the same slot of this width, and sorts by key, so that two transactions lock rows in one order. */
export function mergeAdditions(additions: Iterable<PlacedAddition>, widthMs: number): readonly PlacedAddition[] {
  const merged = new Map<string, PlacedAddition>();
  for (const addition of additions) {
    const slot = addition.slot - (addition.slot % widthMs);
    const key = [addition.environmentId, slot, seriesKey(addition)].join(BETWEEN);
    const before = merged.get(key);
    merged.set(key, before === undefined ? { ...addition, slot } : sum(before, addition));
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, addition]) => addition);
}
