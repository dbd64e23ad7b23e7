import { type Bucket, type BucketRate, levelOf, waitOf } from './token-bucket.js';

/** Addresses remembered at most; the one that tried longest ago is forgotten first. */
const ADDRESSES = 10_000;

/** How many attempts each address has left. */
export class Attempts {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly rate: BucketRate) {}

  /** Takes one attempt of the address, or answers how many seconds are left until there is one. */
  take(address: string, now: number): number {
    const wait = waitOf(this.buckets.get(address), this.rate, now);
    if (wait === 0) this.move(address, now, -1);
    return wait;
  }

  /** Gives one back that did no harm. */
  giveBack(address: string, now: number): void {
    this.move(address, now, 1);
  }

  private move(address: string, now: number, by: number): void {
    const level = Math.min(this.rate.size, levelOf(this.buckets.get(address), this.rate, now) + by);
    this.buckets.delete(address);
    if (level < this.rate.size) this.buckets.set(address, { level, at: now });
    const [eldest] = this.buckets.keys();
    if (this.buckets.size > ADDRESSES && eldest !== undefined) this.buckets.delete(eldest);
  }
}
