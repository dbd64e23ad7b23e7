import type { Counts } from '../counts.js';
import { MINUTE } from '../durations.js';
import { type BurnRule, fires } from '../fires.js';

/** Running sums over the minutes of one run, so that a window is two look-ups per count. */
export class History {
  readonly #good: Float64Array;
  readonly #bad: Float64Array;
  #minutes = 0;
  readonly #long = { good: 0, bad: 0 };
  readonly #short = { good: 0, bad: 0 };

  constructor(minutes: number) {
    this.#good = new Float64Array(minutes + 1);
    this.#bad = new Float64Array(minutes + 1);
  }

  /** Forgets everything, for the next run. */
  clear(): void {
    this.#minutes = 0;
  }

  /** Appends the outcomes of one minute. */
  add(good: number, bad: number): void {
    const now = this.#minutes;
    this.#good[now + 1] = (this.#good[now] ?? 0) + good;
    this.#bad[now + 1] = (this.#bad[now] ?? 0) + bad;
    this.#minutes = now + 1;
  }

  /** Whether any of these tiers fires on the windows that end with the last minute; the product's own decision. */
  anyFires(rules: readonly BurnRule[], budget: number): boolean {
    for (const rule of rules) {
      const long = this.#sum(this.#long, rule.longMs / MINUTE);
      const short = this.#sum(this.#short, rule.shortMs / MINUTE);
      if (fires(rule, budget, long, short)) return true;
    }
    return false;
  }

  #sum(into: { good: number; bad: number }, minutes: number): Counts {
    const now = this.#minutes;
    const then = Math.max(0, now - minutes);
    into.good = (this.#good[now] ?? 0) - (this.#good[then] ?? 0);
    into.bad = (this.#bad[now] ?? 0) - (this.#bad[then] ?? 0);
    return into;
  }
}
