import type { View } from '@ballast/protocol';
import type { Histogram } from '@ballast/slo';
import { addHistogram } from './histogram.js';

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
  readonly environmentId: string;
  /** What `seriesKey` says of its series. */
  readonly key: string;
  readonly slot: number;
  /** Outcomes without an error that took longer, by milliseconds. */
  readonly slow: Histogram;
  readonly hist: Histogram;
}

type Sum = { -readonly [Name in keyof Addition]: Addition[Name] } & {
  readonly slow: Map<number, number>;
  readonly hist: Map<number, number>;
};

/** One text for each series: what stands between its parts is in no text that can be stored. */
export function seriesKey({ flag, version, variant, reason, stage, trust }: Series): string {
  return `${flag}\0${version}\0${variant}\0${reason}\0${stage}\0${trust}`;
}

function add(sum: Sum, addition: Addition): void {
  for (const name of COUNTS) sum[name] += addition[name];
  if (addition.slow.size > 0) addHistogram(sum.slow, addition.slow);
  if (addition.hist.size > 0) addHistogram(sum.hist, addition.hist);
}

/** Adds up what goes to the same series of the same slot of this width, and sorts by key, so that two transactions lock rows in one order. */
export function mergeAdditions(additions: Iterable<Addition>, widthMs: number): readonly Addition[] {
  const sums = new Map<string, Sum>();
  for (const addition of additions) {
    const slot = addition.slot - (addition.slot % widthMs);
    const key = `${addition.environmentId}\0${slot}\0${addition.key}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...addition, slot, slow: new Map(addition.slow), hist: new Map(addition.hist) });
    else add(sum, addition);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
