/** Most contexts that are known at once, each under each variant and stage it met; about 3 MB. */
const MAX_KNOWN = 65_536;

/** What a context did under a variant of a stage. */
export type Met = 1 | 2;
export const EXPOSED: Met = 1;
export const FAILED: Met = 2;

/**
 * Tells the first time from all later ones, for contexts known by a hash of 32 bits. It is exact up to its bound, but for hashes that collide
 * (among 65 536 known, one new context in 65 536). Beyond, half of the contexts are known, then a quarter, and so on: always the same ones,
 * chosen by their hash, so that of every variant the same share is counted.
 */
export class FirstExposures {
  readonly #known = new Map<number, number>();
  readonly #most: number;
  /** The bits of a hash that are 0 for the contexts that are known. */
  #skipped = 0;

  constructor(most = MAX_KNOWN) {
    this.#most = most;
  }

  /** Whether a context does this for the first time; false for contexts that are not counted. */
  isFirst(hash: number, what: Met): boolean {
    const before = this.#known.get(hash) ?? 0;
    if (hash & this.#skipped || before & what) return false;
    this.#known.set(hash, before | what);
    if (this.#known.size > this.#most) this.#halve();
    return true;
  }

  #halve(): void {
    this.#skipped = this.#skipped * 2 + 1;
    for (const hash of this.#known.keys()) if (hash & this.#skipped) this.#known.delete(hash);
  }
}
