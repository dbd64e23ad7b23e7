import { OVERFLOW, type Series, type SeriesNames, seriesKey } from './series.js';

const HOUR_MS = 3_600_000;
/** Series of all flags of one environment in an hour: ten for each of as many flags as a project may have. */
const PER_ENVIRONMENT = 100_000;

/** The series of one environment and kind of key by flag and key. */
type Flags = Map<string, Map<string, Series>>;

interface Held {
  total: number;
  readonly server: Flags;
  readonly client: Flags;
}

/** The start of the hour a moment lies in. */
export function hourOf(at: number): number {
  return at - (at % HOUR_MS);
}

/** The series that are counted in this hour. It bounds how many a flag makes; what comes beyond is counted in one series per variant. */
export class SeriesBook {
  #hour = 0;
  readonly #environments = new Map<string, Held>();

  constructor(private readonly perFlag: number) {}

  /** Whether the series of an environment that were counted before this server was there are known. */
  isOpen(environmentId: string, now: number): boolean {
    this.#turn(now);
    return this.#environments.has(environmentId);
  }

  /** Takes in series that were counted in this hour: they have their place already. */
  open(environmentId: string, counted: readonly SeriesNames[]): void {
    const held = this.#heldOf(environmentId);
    for (const names of counted) {
      const byFlag = seriesOf(held[names.trust], names.flag);
      const key = seriesKey(names);
      if (names.reason === OVERFLOW || byFlag.has(key)) continue;
      byFlag.set(key, { ...names, environmentId, id: null });
      held.total += 1;
    }
  }

  /** The series of these names if there is room for it, else the one that all others share. */
  find(environmentId: string, names: SeriesNames, now: number): Series {
    this.#turn(now);
    const held = this.#heldOf(environmentId);
    const series = seriesOf(held[names.trust], names.flag);
    const key = seriesKey(names);
    const known = series.get(key);
    if (known !== undefined) return known;
    const hasRoom = series.size < this.perFlag && held.total < PER_ENVIRONMENT;
    if (hasRoom) held.total += 1;
    return hasRoom ? added(series, key, { ...names, environmentId, id: null }) : this.#shared(held, environmentId, names);
  }

  /** Beyond the bound: one series per variant. */
  #shared(held: Held, environmentId: string, names: SeriesNames): Series {
    const series = seriesOf(held[names.trust], `\0${names.flag}`);
    const shared = { ...names, version: 0, reason: OVERFLOW, stage: '' };
    const key = seriesKey(shared);
    return series.get(key) ?? added(series, key, { ...shared, environmentId, id: null });
  }

  /** Numbers are looked up anew each hour, so that the database knows which series live. */
  #turn(now: number): void {
    const hour = hourOf(now);
    if (hour === this.#hour) return;
    this.#hour = hour;
    for (const held of this.#environments.values()) {
      held.total = 0;
      held.server.clear();
      held.client.clear();
    }
  }

  #heldOf(environmentId: string): Held {
    const known = this.#environments.get(environmentId);
    if (known !== undefined) return known;
    const held: Held = { total: 0, server: new Map(), client: new Map() };
    this.#environments.set(environmentId, held);
    return held;
  }
}

function seriesOf(flags: Flags, flag: string): Map<string, Series> {
  const known = flags.get(flag);
  if (known !== undefined) return known;
  const series = new Map<string, Series>();
  flags.set(flag, series);
  return series;
}

function added(to: Map<string, Series>, key: string, series: Series): Series {
  to.set(key, series);
  return series;
}
