import type { Addition } from './addition.js';
import { InstanceRoom } from './instance-room.js';
import { boundLatencies } from './latencies.js';
import { Thresholds } from './thresholds.js';

/** What keeps a sender from drowning what others have counted. */
export class Bounds {
  readonly #room = new InstanceRoom();
  readonly #thresholds = new Thresholds();

  /** The additions of one batch as they are counted. */
  apply(additions: readonly Addition[], of: { readonly environmentId: string; readonly instance: string }): readonly Addition[] {
    const used = this.#room.of(of.environmentId, of.instance);
    return additions.map((addition) => this.#thresholds.bound(boundLatencies(this.#room.clamp(used, addition))));
  }
}
