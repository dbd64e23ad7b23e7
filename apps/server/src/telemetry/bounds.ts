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
  apply(of: { readonly environmentId: string; readonly instance: string; readonly now: number }, addition: Addition): Addition {
    const clamped = this.#room.clamp(`${of.environmentId} ${of.instance}`, addition);
    return this.#series.fold(of.environmentId, this.#thresholds.bound(of.environmentId, clamped), of.now);
  }
}
