import type { Addition } from './addition.js';
import { InstanceRoom } from './instance-room.js';
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

  /** The addition as it is counted. */
  apply(addition: Addition, of: { readonly instance: string; readonly now: number }): Addition {
    return this.#series.fold(this.#thresholds.bound(this.#room.clamp(of.instance, addition)), of.now);
  }
}
