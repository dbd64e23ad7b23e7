import { type KeyEntry, SingleFlight } from '@ballast/streaming';
import type { KeyRing } from './key-ring.js';
import type { UpstreamSource } from './upstream-source.js';

/** Unknown secrets that upstream is asked about: so many at once, and so many a second. */
const ATTEMPTS = { size: 20, perSecond: 5 };

/** Why the bearer of a secret is not let in. */
export type KeyRefusal =
  | { readonly status: 401; readonly code: 'auth.invalid' }
  | { readonly status: 429; readonly code: 'auth.throttled' }
  | { readonly status: 503; readonly code: 'snapshot.loading' | 'relay.cut_off' };

/** Where keys are known, and the clock that attempts are counted by. */
export interface LookupOptions {
  readonly ring: KeyRing;
  readonly source: UpstreamSource;
  readonly now: () => number;
}

/** Finds the key behind a secret. A key that is not known here may be a new one: only upstream can say that it opens nothing, which is final for a client. */
export class KeyLookup {
  readonly #options: LookupOptions;
  readonly #refreshing: SingleFlight;
  #attempts: number = ATTEMPTS.size;
  #countedAt: number;

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#countedAt = options.now();
    this.#refreshing = new SingleFlight(() => options.source.feeds.refresh(options.source.environmentId));
  }

  /** The key, or why its bearer is not let in. */
  async find(secret: string): Promise<KeyEntry | KeyRefusal> {
    const { ring, source } = this.#options;
    if (!source.isReady) return { status: 503, code: 'snapshot.loading' };
    const known = ring.find(secret);
    if (known !== null) return known;
    if (!this.#takeAttempt()) return { status: 429, code: 'auth.throttled' };
    try {
      await this.#refreshing.run();
    } catch {
      return { status: 503, code: 'relay.cut_off' };
    }
    return ring.find(secret) ?? { status: 401, code: 'auth.invalid' };
  }

  #takeAttempt(): boolean {
    const now = this.#options.now();
    const refilled = this.#attempts + (Math.max(0, now - this.#countedAt) / 1_000) * ATTEMPTS.perSecond;
    this.#attempts = Math.min(ATTEMPTS.size, refilled);
    this.#countedAt = now;
    if (this.#attempts < 1) return false;
    this.#attempts -= 1;
    return true;
  }
}
