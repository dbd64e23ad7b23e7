/** Buckets of the latency histogram: base-2 exponential at scale 4, 1 ms to 65.536 s (OpenTelemetry's exponential histogram). */
export const BUCKETS = 256;
const PER_DOUBLING = 16;

/** Counts by bucket. */
export type Histogram = ReadonlyMap<number, number>;

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

/** The value at a quantile, within 2.19 %: the geometric middle of the bucket that holds it; null without counts. */
export function quantile(histogram: Histogram, q: number): number | null {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (const [index, count] of buckets) {
    seen += count;
    if (seen >= rank) return 2 ** ((index + 0.5) / PER_DOUBLING);
  }
  return null;
}
