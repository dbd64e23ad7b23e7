/** What a cache must know of a credential. */
export interface Credential {
  readonly id: string;
  readonly expiresAt: Date | null;
}

interface Held<Value> {
  readonly value: Value;
  readonly at: number;
  /** Whether it could not be looked up again. */
  isDoubtful: boolean;
}

/** How long a credential is believed without looking again: the longest a revocation can go unnoticed when its hint is lost. */
const LIFE_MS = 1_000;

/** Last use is written at most this often. */
const USE_MS = 60_000;

const SIZE = 10_000;

/** Credentials that were found a moment ago, by the hash of their secret. Unknown secrets are never held. */
export class CredentialCache<Value extends Credential> {
  private readonly held = new Map<string, Held<Value>>();
  private readonly used = new Map<string, number>();
  private revocations = 0;
  private readonly running = new Map<string, Promise<Value | null>>();

  /** `trustMs`: how long a credential is still believed when it cannot be looked up again. */
  constructor(private readonly trustMs = 0) {}

  /** The credential if it is held and still valid. */
  get(hash: string, now: number): Value | null {
    const found = this.held.get(hash);
    if (!found || found.at + LIFE_MS <= now || hasExpired(found.value, now)) return null;
    return found.value;
  }

  /** Holds a credential for a short life. */
  put(hash: string, value: Value, now: number): void {
    if (this.held.size >= SIZE) this.held.clear();
    this.held.set(hash, { value, at: now, isDoubtful: false });
  }

  /**
   * Looks a credential up; whoever asks for the same one meanwhile waits for the same answer. Once that has failed, nobody waits:
   * what was known before is believed for a while.
   */
  find(hash: string, now: number, lookUp: () => Promise<Value | null>): Promise<Value | null> {
    const found = this.get(hash, now);
    if (found) return Promise.resolve(found);
    const running = this.running.get(hash) ?? this.lookUp(hash, now, lookUp);
    this.running.set(hash, running);
    const doubtful = this.doubtful(hash, now);
    if (doubtful?.isDoubtful !== true) return running;
    running.catch(() => undefined);
    return Promise.resolve(doubtful.value);
  }

  /** Ids of those that are believed still, if only while they cannot be looked up. */
  ids(now: number): readonly string[] {
    return [...this.held.values()].flatMap(({ value, at }) => (at + Math.max(LIFE_MS, this.trustMs) > now ? [value.id] : []));
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
    } catch (error) {
      const known = this.doubtful(hash, now);
      if (known === null) throw error;
      known.isDoubtful = true;
      return known.value;
    } finally {
      this.running.delete(hash);
    }
  }

  /** What was known not too long ago. */
  private doubtful(hash: string, now: number): Held<Value> | null {
    const known = this.held.get(hash);
    return known && known.at + this.trustMs > now && !hasExpired(known.value, now) ? known : null;
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
