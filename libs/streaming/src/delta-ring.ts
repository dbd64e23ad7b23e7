import { type Delta, mergeDeltas } from '@ballast/protocol';

/** The last deltas of one view, each leading where the next begins. */
export class DeltaRing {
  readonly #capacity: number;
  #deltas: Delta[] = [];
  readonly #merged = new Map<number, Delta>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a delta that follows the last one. */
  push(delta: Delta): void {
    this.#merged.clear();
    this.#deltas.push(delta);
    if (this.#deltas.length >= this.#capacity * 2) this.#deltas = this.#deltas.slice(-this.#capacity);
  }

  /** One delta from a revision to the newest; undefined when that revision is not kept. Many may ask for the same. */
  since(revision: number): Delta | undefined {
    const known = this.#merged.get(revision);
    if (known !== undefined) return known;
    let first = this.#deltas.length - 1;
    while (first >= 0 && this.#deltas[first]?.from !== revision) first--;
    const merged = first < 0 ? undefined : mergeDeltas(this.#deltas.slice(first));
    if (merged !== undefined) this.#merged.set(revision, merged);
    return merged;
  }
}
