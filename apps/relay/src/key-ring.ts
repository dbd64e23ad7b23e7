import { createHash } from 'node:crypto';
import type { KeyEntry, KeySource } from '@ballast/streaming';

const TOLERANCE_MS = 1_000;

/** The keys that upstream said open the environment, known by their hashes: enough to let clients in while upstream is gone. */
export class KeyRing implements KeySource {
  #keys: readonly KeyEntry[] = [];
  #byHash: ReadonlyMap<string, KeyEntry> = new Map();
  readonly #listeners = new Set<(environmentId: string) => void>();
  readonly #machine: () => number;
  #aheadMs = 0;

  /** The clock of this machine; upstream's counts where it is another. */
  constructor(machine: () => number) {
    this.#machine = machine;
  }

  now(): number {
    return this.#machine() + this.#aheadMs;
  }

  /** Goes by upstream's clock from now on, unless the two differ by no more than the way between them may take. */
  follow(moment: number): void {
    const aheadMs = moment - this.#machine();
    this.#aheadMs = Math.abs(aheadMs) < TOLERANCE_MS ? 0 : aheadMs;
  }

  /** Takes over the list of an environment; answers the ids of those that are gone. */
  replace(environmentId: string, keys: readonly KeyEntry[]): readonly string[] {
    const before = this.#keys;
    this.#keys = keys;
    this.#byHash = new Map(keys.map((key) => [key.hash, key]));
    const known = new Set(keys.map(({ id }) => id));
    for (const listener of this.#listeners) listener(environmentId);
    return before.map(({ id }) => id).filter((id) => !known.has(id));
  }

  /** The key with this secret, if it opens the environment now. */
  find(secret: string): KeyEntry | null {
    const key = this.#byHash.get(createHash('sha256').update(secret, 'utf8').digest('base64'));
    return key === undefined || this.#hasEnded(key) ? null : key;
  }

  /** Ids of the keys that have come to their end by themselves. */
  ended(): readonly string[] {
    return this.#keys.filter((key) => this.#hasEnded(key)).map(({ id }) => id);
  }

  /** Everything upstream said. */
  all(): readonly KeyEntry[] {
    return this.#keys;
  }

  async load(): Promise<void> {}

  current(): readonly KeyEntry[] {
    return this.#keys.filter((key) => !this.#hasEnded(key));
  }

  subscribe(listener: (environmentId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #hasEnded({ expiresAt }: KeyEntry): boolean {
    return expiresAt !== null && expiresAt <= this.now();
  }
}
