import { hash } from 'node:crypto';
import { type Bucket, type BucketRate, levelOf, waitOf } from './access/index.js';
import { isOtlp } from './otlp-problem.js';

/** Requests of one caller to one group of doors: the size of the burst and how fast it comes back. */
export interface RatePolicy extends BucketRate {
  readonly name: string;
}

/** How many requests callers have, by the doors they knock on. `sdk` is generous: many clients share a key or an address. */
export const RATE_POLICIES: Readonly<Record<'api' | 'sdk', RatePolicy>> = {
  api: { name: 'api', size: 6_000, perSecond: 100 },
  sdk: { name: 'sdk', size: 20_000, perSecond: 2_000 },
};

/** Callers remembered at most; the one that called longest ago is forgotten first. */
const CALLERS = 20_000;

/** Who asks, and where. */
export interface RateCaller {
  readonly path: string;
  readonly credential: string | undefined;
  readonly address: string;
}

/** What the limit says to one request. */
export interface RateAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds to wait; 0 lets the request in. */
  readonly retryAfter: number;
}

/** Token buckets per caller, in this process's memory. */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly policies: Readonly<Record<'api' | 'sdk', RatePolicy>> = RATE_POLICIES) {}

  /** Takes one request out of the caller's bucket; null for doors without a limit. */
  take(caller: RateCaller, now: number): RateAnswer | null {
    const policy = this.policyOf(caller.path);
    if (policy === null) return null;
    const name = bucketName(policy, caller);
    const bucket = this.buckets.get(name);
    const retryAfter = waitOf(bucket, policy, now);
    const level = levelOf(bucket, policy, now) - (retryAfter > 0 ? 0 : 1);
    this.remember(name, { level, at: now });
    return { headers: headersOf(policy, level), retryAfter };
  }

  /** Gives the last request of a caller back: it is going to be taken where it is answered. */
  giveBack(caller: RateCaller): void {
    const policy = this.policyOf(caller.path);
    const name = policy === null ? '' : bucketName(policy, caller);
    const bucket = this.buckets.get(name);
    if (bucket !== undefined) this.buckets.set(name, { ...bucket, level: bucket.level + 1 });
  }

  private policyOf(path: string): RatePolicy | null {
    if (path.startsWith('/api/v1/')) return this.policies.api;
    return path.startsWith('/sdk/v1/') || path.startsWith('/ofrep/') || isOtlp(path) ? this.policies.sdk : null;
  }

  private remember(name: string, bucket: Bucket): void {
    this.buckets.delete(name);
    this.buckets.set(name, bucket);
    const [eldest] = this.buckets.keys();
    if (this.buckets.size > CALLERS && eldest !== undefined) this.buckets.delete(eldest);
  }
}

/** An admin token is one caller wherever it is used; an SDK key is shared, so its callers are told apart by address. */
function bucketName(policy: RatePolicy, { credential, address }: { credential: string | undefined; address: string }): string {
  const secret = credential === undefined ? '' : hash('sha256', credential, 'base64');
  return policy.name === 'api' && secret !== '' ? `${policy.name} ${secret}` : `${policy.name} ${address} ${secret}`;
}

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers. */
function headersOf({ name, size, perSecond }: RatePolicy, level: number): Record<string, string> {
  const window = Math.max(1, Math.ceil(size / perSecond));
  const untilFull = Math.max(0, Math.ceil((size - level) / perSecond));
  return {
    'ratelimit-policy': `"${name}";q=${size};w=${window}`,
    ratelimit: `"${name}";r=${Math.max(0, Math.floor(level))};t=${untilFull}`,
  };
}
