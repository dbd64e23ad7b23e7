import type { Clock } from '../clock.js';
import { type Credential, CredentialCache } from './credential-cache.js';
import { hashOf, hashText } from './secrets.js';

/** Where credentials of one kind are stored. */
export interface CredentialSource<Value> {
  find(hash: Uint8Array<ArrayBuffer>): Promise<Value | null>;
  markUsed(id: string, at: Date): Promise<void>;
}

/** Finds credentials of one kind by their secret, remembers them for a moment and has their use written down. */
export class CredentialLookup<Value extends Credential> {
  private readonly cache: CredentialCache<Value>;

  /** `trustMs`: how long a credential is still believed while the source cannot be asked. */
  constructor(
    private readonly source: CredentialSource<Value>,
    private readonly clock: Clock,
    trustMs = 0,
  ) {
    this.cache = new CredentialCache(trustMs);
  }

  /** Whether this secret was valid when it was looked up last, or is being looked up. */
  isHeld(secret: string): boolean {
    return this.cache.has(hashText(secret));
  }

  /** The credential behind a secret that was looked up a moment ago; null says nothing about others. */
  held(secret: string): Value | null {
    return this.cache.get(hashText(secret), this.clock.now());
  }

  /** The credential behind a secret, or null when it opens nothing. */
  async authenticate(secret: string): Promise<Value | null> {
    const now = this.clock.now();
    const known = await this.cache.find(hashText(secret), now, () => this.source.find(hashOf(secret)));
    // Nobody is kept out because a use could not be written down.
    if (known && this.cache.isUseDue(known.id, now)) this.source.markUsed(known.id, new Date(now)).catch(() => undefined);
    return known;
  }

  /** Ids of the credentials that are believed still, if only while the source cannot be asked. */
  believed(): readonly string[] {
    return this.cache.ids(this.clock.now());
  }

  /** Forgets a credential that was revoked. */
  forget(id: string): void {
    this.cache.forget(id);
  }
}
