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

  /** Forgets a credential that was revoked. */
  forget(id: string): void {
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
