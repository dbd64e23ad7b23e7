import { BUCKETS, type Histogram, upperBound } from '@ballast/slo';

/** Buckets that are shown, by the last of ours in each: powers of two from 2 ms to 33 s, and two steps for one from 128 ms to 1 s. */
const EDGES = [1, 2, 3, 4, 5, 6, 7, 7.5, 8, 8.5, 9, 9.5, 10, 11, 12, 13, 14, 15].map((power) => power * 16 - 1);
const OURS = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
/** Where each of our buckets goes; what is beyond the last bound goes behind it. */
const PLACES = OURS.map((bucket) => EDGES.filter((edge) => edge < bucket).length);
const MIDDLES = OURS.map((bucket) => upperBound(bucket - 0.5) / 1_000);

/** Upper bounds of the buckets that are shown, in seconds; each is one of ours, so that counts are exact. */
export const BOUNDS: readonly number[] = EDGES.map((edge) => Number((upperBound(edge) / 1_000).toPrecision(6)));

/** Latencies as Prometheus counts them. */
export class Latencies {
  readonly #counts = new Float64Array(EDGES.length + 1);
  #seconds = 0;

  /** Adds a histogram of ours. */
  add(histogram: Histogram): void {
    for (const [bucket, n] of histogram) {
      const place = PLACES[bucket] ?? EDGES.length;
      this.#counts[place] = (this.#counts[place] ?? 0) + n;
      this.#seconds += n * (MIDDLES[bucket] ?? 0);
    }
  }

  /** How many took no longer than each bound, and last how many there were. */
  get upTo(): readonly number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => {
      sum += count;
      return sum;
    });
  }

  /** How long they took together, within 2.2 %: what is kept are buckets. */
  get seconds(): number {
    return this.#seconds;
  }
}
