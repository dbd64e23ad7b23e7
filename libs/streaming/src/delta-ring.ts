import { type Delta, mergeDeltas } from '@ballast/protocol';

/** Merged deltas that are kept for others who ask for the same: whoever asks from one revision after the other must not fill the memory. */
const MOST_MERGED = 16;

/** The last deltas of one view, each leading where the next begins. */
export class DeltaRing {
  readonly #capacity: number;
  #deltas: Delta[] = [];
  /** Checksum at the revision from which the first delta leads, where that is known. */
  #first: number | undefined;
  readonly #merged = new Map<number, Delta>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a delta that follows the last one; `before` is the checksum that it changes, where that is known. */
  push(delta: Delta, before?: number): void {
    this.#merged.clear();
    if (this.#deltas.length === 0) this.#first = before;
    this.#deltas.push(delta);
    if (this.#deltas.length < this.#capacity * 2) return;
    const cut = this.#deltas.length - this.#capacity;
    this.#first = this.#deltas[cut - 1]?.checksum;
    this.#deltas = this.#deltas.slice(cut);
  }

  /** One delta from a revision to the newest; undefined when that revision is not kept. Many may ask for the same. */
  since(revision: number): Delta | undefined {
    const known = this.#merged.get(revision);
    if (known !== undefined) return known;
    const first = this.#indexOf(revision);
    const merged = first < 0 ? undefined : mergeDeltas(this.#deltas.slice(first));
    if (merged !== undefined) this.#keep(revision, merged);
    return merged;
  }

  /** The checksum of what there was at a revision from which a delta leads; undefined where that is not known. */
  checksumAt(revision: number): number | undefined {
    const index = this.#indexOf(revision);
    return index === 0 ? this.#first : this.#deltas[index - 1]?.checksum;
  }

  /** Where the delta is that leads from a revision; -1 when there is none. */
  #indexOf(revision: number): number {
    let [low, high] = [0, this.#deltas.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#deltas[middle]?.from ?? 0) < revision) low = middle + 1;
      else high = middle;
    }
    return this.#deltas[low]?.from === revision ? low : -1;
  }

  #keep(revision: number, merged: Delta): void {
    const [oldest] = this.#merged.keys();
    if (this.#merged.size >= MOST_MERGED && oldest !== undefined) this.#merged.delete(oldest);
    this.#merged.set(revision, merged);
  }
}
