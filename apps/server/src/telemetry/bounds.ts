import type { Addition } from './addition.js';
import { InstanceRoom } from './instance-room.js';
import { boundLatencies } from './latencies.js';
import { SeriesBound } from './series-bound.js';
import { Thresholds } from './thresholds.js';

/** All that keeps a sender from filling the tables, or from drowning what others have counted. */
export class Bounds {
  readonly #room = new InstanceRoom();
  readonly #thresholds = new Thresholds();
  readonly #series: SeriesBound;

  constructor(seriesPerFlag: number) {
    this.#series = new SeriesBound(seriesPerFlag);
  }

  /** The additions of one batch as they are counted. */
  apply(
    additions: readonly Addition[],
    of: { readonly environmentId: string; readonly instance: string; readonly now: number },
  ): readonly Addition[] {
    const used = this.#room.of(of.environmentId, of.instance);
    return additions.map((addition) => this.#series.fold(this.#thresholds.bound(boundLatencies(this.#room.clamp(used, addition))), of.now));
  }
}
