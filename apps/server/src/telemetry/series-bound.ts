import { type Addition, seriesKey } from './addition.js';

/** The reason of the series that counts what has no series of its own. */
export const OVERFLOW = 'OVERFLOW';
const HOUR_MS = 3_600_000;
/** Series of all flags of one environment in an hour: ten for each of as many flags as a project may have. */
const PER_ENVIRONMENT = 100_000;

interface Held {
  total: number;
  readonly byFlag: Map<string, Set<string>>;
}

function overflow(addition: Addition): Addition {
  const shared = { ...addition, version: 0, reason: OVERFLOW, stage: '' };
  return { ...shared, key: seriesKey(shared) };
}

/** Bounds how many series the counters of one flag make in an hour; what comes beyond is counted in one series per variant. */
export class SeriesBound {
  #hour = 0;
  readonly #environments = new Map<string, Held>();

  constructor(private readonly perFlag: number) {}

  /** The addition in its own series if there is room for that, else in the one that all others share. */
  fold(addition: Addition, now: number): Addition {
    this.#turn(Math.floor(now / HOUR_MS));
    const held = this.#heldOf(addition.environmentId);
    const name = `${addition.trust} ${addition.flag}`;
    const series = held.byFlag.get(name) ?? new Set<string>();
    if (series.has(addition.key)) return addition;
    if (series.size >= this.perFlag || held.total >= PER_ENVIRONMENT) return overflow(addition);
    held.byFlag.set(name, series.add(addition.key));
    held.total += 1;
    return addition;
  }

  #turn(hour: number): void {
    if (hour === this.#hour) return;
    this.#hour = hour;
    this.#environments.clear();
  }

  #heldOf(environmentId: string): Held {
    const held = this.#environments.get(environmentId) ?? { total: 0, byFlag: new Map() };
    this.#environments.set(environmentId, held);
    return held;
  }
}
