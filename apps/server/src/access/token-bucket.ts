/** How many attempts at once, and how fast they come back. */
export interface BucketRate {
  readonly size: number;
  readonly perSecond: number;
}

/** One caller's bucket: how full it was at a moment. */
export interface Bucket {
  readonly level: number;
  readonly at: number;
}

/** How full a bucket is now; a caller without one has a full bucket. */
export function levelOf(bucket: Bucket | undefined, rate: BucketRate, now: number): number {
  if (!bucket) return rate.size;
  return Math.min(rate.size, bucket.level + (Math.max(0, now - bucket.at) / 1_000) * rate.perSecond);
}

/** Seconds until one more attempt is there, at least 1; 0 when there is one now. */
export function waitOf(bucket: Bucket | undefined, rate: BucketRate, now: number): number {
  const level = levelOf(bucket, rate, now);
  return level >= 1 ? 0 : Math.max(1, Math.ceil((1 - level) / rate.perSecond));
}
