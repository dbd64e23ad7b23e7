import type { Addition } from './addition.js';
import { InstanceRoom } from './instance-room.js';
import { boundLatencies } from './latencies.js';
import { Thresholds } from './thresholds.js';

/** The additions of one batch as they are counted. */
export interface Bounded {
  readonly additions: readonly Addition[];
  /** Evaluations or outcomes, whichever are more, that there was no room for, and the rows that they are of. */
  readonly beyondRoom: number;
  readonly clampedRows: number;
}

/** What keeps a sender from drowning what others have counted. */
export class Bounds {
  readonly #room = new InstanceRoom();
  readonly #thresholds = new Thresholds();

  /** Bounds the additions of one batch. */
  apply(additions: readonly Addition[], of: { readonly environmentId: string; readonly instance: string }): Bounded {
    const used = this.#room.of(of.environmentId, of.instance);
    let [beyondRoom, clampedRows] = [0, 0];
    const bounded = additions.map((addition) => {
      const clamped = this.#room.clamp(used, addition);
      if (clamped !== addition) {
        beyondRoom += lostBy(addition, clamped);
        clampedRows += 1;
      }
      return this.#thresholds.bound(boundLatencies(clamped));
    });
    return { additions: bounded, beyondRoom, clampedRows };
  }
}

function lostBy(addition: Addition, clamped: Addition): number {
  return Math.max(addition.exposures - clamped.exposures, addition.ok + addition.err - clamped.ok - clamped.err);
}
