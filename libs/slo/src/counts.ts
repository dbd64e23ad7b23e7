/** Valid outcomes of one interval: those that met the indicator, and those that did not. */
export interface Counts {
  readonly good: number;
  readonly bad: number;
}

/** An interval in which nothing happened. */
export const NO_COUNTS: Counts = { good: 0, bad: 0 };

/** All valid outcomes of an interval. */
export function total(counts: Counts): number {
  return counts.good + counts.bad;
}

/** The indicator: the good share of all; null when nothing happened, which is never 100 %. */
export function sli(counts: Counts): number | null {
  return total(counts) === 0 ? null : counts.good / total(counts);
}

/** The bad share of all; null when nothing happened. */
export function errorRatio(counts: Counts): number | null {
  return total(counts) === 0 ? null : counts.bad / total(counts);
}

/** The sum of two intervals. */
export function plus(a: Counts, b: Counts): Counts {
  return { good: a.good + b.good, bad: a.bad + b.bad };
}

/** What is left of an interval without a part of it. */
export function minus(all: Counts, part: Counts): Counts {
  return { good: Math.max(0, all.good - part.good), bad: Math.max(0, all.bad - part.bad) };
}
