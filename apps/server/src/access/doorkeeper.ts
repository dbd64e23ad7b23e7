import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { authenticationFailed } from '../events.js';
import { type Bucket, type BucketRate, levelOf, waitOf } from './token-bucket.js';

/** Failed attempts of one address: 20 at once, then one every three seconds. */
const RATE: BucketRate = { size: 20, perSecond: 1 / 3 };

/** Addresses remembered at most; the one that tried longest ago is forgotten first. */
const ADDRESSES = 10_000;

/** Where a secret is looked up. */
export interface Credentials<Identity> {
  /** Whether the secret was valid when it was looked up last, or is being looked up: who has it need not guess. */
  isHeld(secret: string): boolean;
  authenticate(secret: string): Promise<Identity | null>;
}

/** Who tries to enter, and with what. */
export interface Visitor {
  readonly secret: string | null;
  readonly address: string;
}

/** Lets in whoever has a valid secret and slows down whoever tries out secrets. */
@Injectable()
export class Doorkeeper {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock) {}

  /** Whom the secret belongs to; refuses one that is missing or unknown, and addresses that failed too often. */
  async admit<Identity>({ secret, address }: Visitor, credentials: Credentials<Identity>): Promise<Identity> {
    if (secret === null) return refuse('auth.missing');
    if (credentials.isHeld(secret)) return (await credentials.authenticate(secret)) ?? refuse('auth.invalid');
    // Taken before the look-up and given back after it, so that attempts at the same time count as well.
    this.take(address);
    const identity = await credentials.authenticate(secret);
    if (identity === null) {
      authenticationFailed();
      return refuse('auth.invalid');
    }
    this.move(address, 1);
    return identity;
  }

  private take(address: string): void {
    const retryAfter = waitOf(this.buckets.get(address), RATE, this.clock.now());
    if (retryAfter > 0) refuse('auth.throttled', { retryAfter });
    this.move(address, -1);
  }

  private move(address: string, by: number): void {
    const now = this.clock.now();
    const level = Math.min(RATE.size, levelOf(this.buckets.get(address), RATE, now) + by);
    this.buckets.delete(address);
    if (level < RATE.size) this.buckets.set(address, { level, at: now });
    const [eldest] = this.buckets.keys();
    if (this.buckets.size > ADDRESSES && eldest !== undefined) this.buckets.delete(eldest);
  }
}
