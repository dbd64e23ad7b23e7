import { type Counts, type ObjectiveReadings, type WindowCounts } from '@ballast/slo';

/** Good and bad, all and in maintenance: a window as it is stored. */
type Stored = readonly [good: number, bad: number, excludedGood: number, excludedBad: number];

/** The sums of an evaluation as they are stored. */
export interface Readings {
  readonly periodMs: number;
  readonly period: Stored;
  /** By length in milliseconds. */
  readonly windows: readonly (readonly [number, Stored])[];
}

/** Sums as they are stored. */
export function storedReadings({ periodMs, period, windows }: ObjectiveReadings): Readings {
  return { periodMs, period: stored(period), windows: [...windows].map(([length, counts]) => [length, stored(counts)]) };
}

/** The sums that were stored. */
export function readingsOf({ periodMs, period, windows }: Readings): ObjectiveReadings {
  return { periodMs, period: countsOf(period), windows: new Map(windows.map(([length, counts]) => [length, countsOf(counts)])) };
}

function stored({ all, excluded }: WindowCounts): Stored {
  return [all.good, all.bad, excluded.good, excluded.bad];
}

function countsOf([good, bad, excludedGood, excludedBad]: Stored): WindowCounts {
  const all: Counts = { good, bad };
  return { all, excluded: { good: excludedGood, bad: excludedBad } };
}
