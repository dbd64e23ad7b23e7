import { BUCKETS, type Histogram } from '@ballast/slo';

/** The histogram of nothing. */
export const NO_COUNTS: Histogram = new Map();

/** Reads the sparse wire form, gap and count in turns, a gap from the bucket before (the first from -1); null when it is none. */
export function fromSparse(sparse: readonly number[], maxCount: number): Histogram | null {
  if (sparse.length === 0) return NO_COUNTS;
  const buckets = new Map<number, number>();
  let index = -1;
  for (let i = 0; i + 1 < sparse.length; i += 2) {
    const gap = sparse[i] ?? 0;
    index += gap;
    if (gap < 1 || index >= BUCKETS) return null;
    buckets.set(index, Math.min(sparse[i + 1] ?? 0, maxCount));
  }
  return buckets;
}

/** Adds one histogram to another. */
export function addHistogram(sum: Map<number, number>, more: Histogram): void {
  for (const [index, count] of more) sum.set(index, (sum.get(index) ?? 0) + count);
}
