/** Highest bucket index; it also takes everything slower than 65.536 s. */
const LAST_BUCKET = 255;

/**
 * Bucket of a duration in milliseconds: OpenTelemetry's base-2 exponential histogram at scale 4, so bucket `i` holds
 * `(2^(i/16), 2^((i+1)/16)]` ms; one millisecond and less is bucket 0.
 */
export function bucketOf(ms: number): number {
  return ms > 1 ? Math.min(LAST_BUCKET, Math.ceil(Math.log2(ms) * 16) - 1) : 0;
}

/** The wire form of a histogram: gap from the previous index (the first counts from -1), count, gap, count … */
export function sparse(buckets: readonly number[]): number[] {
  let previous = -1;
  return buckets.flatMap((count, index) => {
    const gap = index - previous;
    previous = index;
    return [gap, count];
  });
}
