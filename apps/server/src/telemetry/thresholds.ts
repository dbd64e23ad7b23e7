import { MAX_THRESHOLDS } from '@ballast/protocol';
import { placeOfTimed, placeOfTimedErrors } from '../timed-outcomes.js';
import type { Addition } from './addition.js';
import { forgetEldest } from './forget-eldest.js';

/** Flags that are remembered; the one that was heard of first is forgotten first. */
const FLAGS = 20_000;

/** Bounds the latency thresholds of each flag: the first that are counted stay, by each kind of key for itself. */
export class Thresholds {
  readonly #held = new Map<string, Set<number>>();

  /**
   * The addition without counts of too many thresholds, and beside each how many outcomes were measured by it: those of senders that name it.
   * Nothing is slow but what ended well.
   */
  bound(addition: Addition): Addition {
    if (addition.slow.size === 0) return addition;
    const { environmentId, trust, flag } = addition.series;
    const name = `${environmentId} ${trust} ${flag}`;
    const held = this.#held.get(name) ?? new Set<number>();
    this.#held.set(name, held);
    forgetEldest(this.#held, FLAGS);
    const kept = new Map<number, number>();
    for (const [ms, count] of addition.slow) {
      if (held.size < MAX_THRESHOLDS) held.add(ms);
      if (!held.has(ms)) continue;
      kept.set(ms, Math.min(count, addition.ok));
      kept.set(placeOfTimed(ms), addition.ok);
      if (addition.err > 0) kept.set(placeOfTimedErrors(ms), addition.err);
    }
    return { ...addition, slow: kept };
  }
}
