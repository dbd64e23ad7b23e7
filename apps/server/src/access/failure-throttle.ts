import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { type Bucket, type BucketRate, levelOf, waitOf } from './token-bucket.js';

/** Failed authentications of one address: 20 at once, then one every three seconds. */
const RATE: BucketRate = { size: 20, perSecond: 1 / 3 };

/** Addresses remembered at most; the one that failed longest ago is forgotten first. */
const ADDRESSES = 10_000;

/** Slows down whoever tries out secrets. */
@Injectable()
export class FailureThrottle {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock) {}

  /** Refuses an address that has failed too often. */
  check(address: string): void {
    const retryAfter = waitOf(this.buckets.get(address), RATE, this.clock.now());
    if (retryAfter > 0) refuse('auth.throttled', { retryAfter });
  }

  /** Counts one failed authentication. */
  failed(address: string): void {
    const now = this.clock.now();
    const level = Math.max(0, levelOf(this.buckets.get(address), RATE, now) - 1);
    this.buckets.delete(address);
    this.buckets.set(address, { level, at: now });
    const [eldest] = this.buckets.keys();
    if (this.buckets.size > ADDRESSES && eldest !== undefined) this.buckets.delete(eldest);
  }
}
