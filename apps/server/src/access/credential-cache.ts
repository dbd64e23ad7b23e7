/** What a cache must know of a credential. */
export interface Credential {
  readonly id: string;
  readonly expiresAt: Date | null;
}

interface Held<Value> {
  readonly value: Value;
  readonly until: number;
}

/** How long a credential is believed without looking again: the longest a revocation can go unnoticed when its hint is lost. */
const LIFE_MS = 5_000;

/** Last use is written at most this often. */
const USE_MS = 60_000;

const SIZE = 10_000;

/** Credentials that were found a moment ago, by the hash of their secret. Unknown secrets are never held. */
export class CredentialCache<Value extends Credential> {
  private readonly held = new Map<string, Held<Value>>();
  private readonly used = new Map<string, number>();
  private revocations = 0;
  private readonly running = new Map<string, Promise<Value | null>>();

  /** The credential if it is held and still valid. */
  get(hash: string, now: number): Value | null {
    const found = this.held.get(hash);
    if (!found || found.until <= now || hasExpired(found.value, now)) return null;
    return found.value;
  }

  /** Holds a credential for a short life. */
  put(hash: string, value: Value, now: number): void {
    if (this.held.size >= SIZE) this.held.clear();
    this.held.set(hash, { value, until: now + LIFE_MS });
  }

  /** Looks a credential up; whoever asks for the same one meanwhile waits for the same answer. */
  find(hash: string, now: number, lookUp: () => Promise<Value | null>): Promise<Value | null> {
    const found = this.get(hash, now);
    if (found) return Promise.resolve(found);
    const running = this.running.get(hash) ?? this.lookUp(hash, now, lookUp);
    this.running.set(hash, running);
    return running;
  }

  /** Whether this was a credential when it was looked up last, however long ago, or is being looked up. */
  has(hash: string): boolean {
    return this.running.has(hash) || this.held.has(hash);
  }

  private async lookUp(hash: string, now: number, find: () => Promise<Value | null>): Promise<Value | null> {
    const { revocations } = this;
    try {
      const value = await find();
      if (!value || hasExpired(value, now)) {
        this.held.delete(hash);
        return null;
      }
      // What was read before a revocation may be what was revoked: it counts for this once.
      if (revocations === this.revocations) this.put(hash, value, now);
      return value;
    } finally {
      this.running.delete(hash);
    }
  }

  /** Forgets a credential that was revoked. */
  forget(id: string): void {
    this.revocations += 1;
    for (const [hash, { value }] of this.held) if (value.id === id) this.held.delete(hash);
    this.used.delete(id);
  }

  /** Whether this use of the credential is to be written down. */
  isUseDue(id: string, now: number): boolean {
    if (now - (this.used.get(id) ?? Number.NEGATIVE_INFINITY) < USE_MS) return false;
    if (this.used.size >= SIZE) this.used.clear();
    this.used.set(id, now);
    return true;
  }
}

/** Whether a credential has reached its end. */
export function hasExpired(credential: { readonly expiresAt: Date | null }, now: number): boolean {
  return credential.expiresAt !== null && credential.expiresAt.getTime() <= now;
}
