import type { Histogram } from '@ballast/slo';

/** One more than the largest count of a packed number: what stands above is its place. */
const PLACE = 2 ** 40;

/** A latency histogram of one group, as the database holds it: the text of an array of packed numbers. */
export interface PackedLatency {
  readonly name: string;
  readonly step: number;
  readonly packed: string;
}

/** Finds the histogram of a group. */
export type LatencyOf = (group: { readonly name: string; readonly step: number }) => Histogram;

/** Adds up histograms by group. */
export function latenciesBy(rows: readonly PackedLatency[]): LatencyOf {
  const groups = new Map<string, Map<number, Map<number, number>>>();
  for (const { name, step, packed } of rows) {
    const steps = groups.get(name) ?? new Map<number, Map<number, number>>();
    groups.set(name, steps);
    const sum = steps.get(step) ?? new Map<number, number>();
    steps.set(step, sum);
    for (const each of packed.slice(1, -1).split(',')) {
      const number = Number(each);
      const count = number % PLACE;
      const place = (number - count) / PLACE;
      sum.set(place, (sum.get(place) ?? 0) + count);
    }
  }
  return ({ name, step }) => groups.get(name)?.get(step) ?? new Map();
}
