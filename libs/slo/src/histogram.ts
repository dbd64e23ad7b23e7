/** Buckets of a latency histogram: base-2 exponential at scale 4, 1 ms to 65.536 s (OpenTelemetry's exponential histogram). */
export const BUCKETS = 256;
const SCALE = 4;
const PER_DOUBLING = 2 ** SCALE;

/** Counts by bucket. */
export type Histogram = ReadonlyMap<number, number>;

/**
 * The bucket of a duration: bucket `i` holds `(2^(i/16), 2^((i+1)/16)]` ms, the first also what is shorter, the last also what
 * is longer; null for what is no duration.
 */
export function bucketOf(ms: number): number | null {
  if (!(ms >= 0)) return null;
  return ms > 1 ? Math.min(BUCKETS - 1, Math.ceil(Math.log2(ms) * PER_DOUBLING) - 1) : 0;
}

/** The longest duration of a bucket, which belongs to it. */
export function upperBound(bucket: number): number {
  return 2 ** ((bucket + 1) / PER_DOUBLING);
}

/** Reads the wire form, gap and count in turns, a gap from the bucket before (the first from -1); null when it is none. */
export function histogramFrom(sparse: readonly number[]): Histogram | null {
  const counts = new Map<number, number>();
  let bucket = -1;
  for (let i = 0; i < sparse.length; i += 2) {
    const [gap = 0, count = -1] = sparse.slice(i, i + 2);
    bucket += gap;
    if (!(Number.isInteger(gap) && gap >= 1 && bucket < BUCKETS && Number.isInteger(count) && count >= 0)) return null;
    counts.set(bucket, count);
  }
  return counts;
}

/** Writes the wire form that `histogramFrom` reads. */
export function sparseOf(histogram: Histogram): readonly number[] {
  let previous = -1;
  return inOrder(histogram).flatMap(([bucket, count]) => {
    const gap = bucket - previous;
    previous = bucket;
    return [gap, count];
  });
}

/** The sum of histograms, in whatever order. */
export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const sum = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  }
  return sum;
}

/** The same counts at half the resolution per step: pairs of buckets become one, exactly. */
export function downscale(histogram: Histogram, steps: number): Histogram {
  return mergeHistograms([...histogram].map(([bucket, count]) => new Map([[bucket >> steps, count]])));
}

/** How many durations were counted. */
export function countOf(histogram: Histogram): number {
  let sum = 0;
  for (const count of histogram.values()) sum += count;
  return sum;
}

/** The duration at a quantile, within 2.19 %: the geometric middle of the bucket that holds it; null without counts. */
export function quantile(histogram: Histogram, q: number): number | null {
  const counts = new Float64Array(BUCKETS);
  for (const [bucket, count] of histogram) counts[bucket] = count;
  return quantileOf(counts, q);
}

/** The same, of one count for each bucket, in order. */
export function quantileOf(counts: Float64Array, q: number): number | null {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) total += counts[bucket] ?? 0;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return 2 ** ((bucket + 0.5) / PER_DOUBLING);
  }
  return null;
}

/** OpenTelemetry's data point of the same counts. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** The same counts as OpenTelemetry writes them, dense from the first bucket in use. */
export function exponentialBuckets(histogram: Histogram): ExponentialBuckets {
  const buckets = inOrder(histogram).map(([bucket]) => bucket);
  const [offset = 0] = buckets;
  const length = buckets.length === 0 ? 0 : (buckets[buckets.length - 1] ?? offset) - offset + 1;
  return { scale: SCALE, offset, bucketCounts: Array.from({ length }, (_, i) => histogram.get(offset + i) ?? 0) };
}

function inOrder(histogram: Histogram): readonly (readonly [number, number])[] {
  return [...histogram].sort(([a], [b]) => a - b);
}
