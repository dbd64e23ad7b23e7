import { type OutcomeAddition, seriesKey } from './outcome-addition.js';

const HOUR_MS = 3_600_000;
/** Names of events of one environment and kind of key in an hour. */
export const MAX_EVENTS = 200;
/** Series of one environment and kind of key in an hour. */
export const MAX_SERIES = 20_000;

interface Held {
  readonly events: Set<string>;
  readonly series: Set<string>;
}

/** Bounds how many series outcomes make in an hour; what comes beyond is counted under the variant, without its event. */
export class OutcomeBound {
  #hour = 0;
  readonly #environments = new Map<string, Held>();

  /** The addition in its own series if there is room for that, else in the one that all others share. */
  fold(addition: OutcomeAddition, now: number): OutcomeAddition {
    this.#turn(Math.floor(now / HOUR_MS));
    const { events, series } = this.#heldOf(`${addition.trust} ${addition.environmentId}`);
    const key = seriesKey(addition);
    if (series.has(key)) return addition;
    const isBeyond = series.size >= MAX_SERIES || (events.size >= MAX_EVENTS && !events.has(addition.event));
    if (isBeyond) return { ...addition, event: '', version: 0, stage: '' };
    events.add(addition.event);
    series.add(key);
    return addition;
  }

  #turn(hour: number): void {
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#environments.clear();
  }

  #heldOf(name: string): Held {
    const held = this.#environments.get(name) ?? { events: new Set<string>(), series: new Set<string>() };
    this.#environments.set(name, held);
    return held;
  }
}
