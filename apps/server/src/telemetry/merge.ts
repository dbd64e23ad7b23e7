import type { Addition } from './admission.js';
import { mergeHistograms } from './histogram.js';

function keyOf({ flag, slot, version, variant, reason, stage }: Addition): string {
  return JSON.stringify([flag, slot, version, variant, reason, stage]);
}

function sum(a: Addition, b: Addition): Addition {
  return {
    ...a,
    exposures: a.exposures + b.exposures,
    exposuresFirst: a.exposuresFirst + b.exposuresFirst,
    ok: a.ok + b.ok,
    err: a.err + b.err,
    errFirst: a.errFirst + b.errFirst,
    hist: mergeHistograms(a.hist, b.hist),
  };
}

/** Adds up what goes to the same series and sorts the series by key, so that two transactions lock rows in one order. */
export function mergeAdditions(additions: Iterable<Addition>): readonly Addition[] {
  const merged = new Map<string, Addition>();
  for (const addition of additions) {
    const key = keyOf(addition);
    const before = merged.get(key);
    merged.set(key, before === undefined ? addition : sum(before, addition));
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, addition]) => addition);
}
