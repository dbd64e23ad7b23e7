import type { Histogram } from '@ballast/slo';
import { Latencies } from './flag-latencies.js';
import { thresholdOf } from './timed-outcomes.js';

/** Where something was counted. */
export interface CountedPlace {
  readonly environmentId: string;
  readonly flag: string;
  readonly variant: string;
}

/** What one series of a batch counted. */
export interface CountedOutcomes extends CountedPlace {
  readonly reason: string;
  readonly exposures: number;
  readonly ok: number;
  readonly err: number;
  readonly calls: number;
  readonly retries: number;
  readonly openMs: number;
  readonly watchedMs: number;
  readonly validated: number;
  readonly invalid: number;
  /** Outcomes by the places of `timed-outcomes.ts`. */
  readonly slow: ReadonlyMap<number, number>;
  readonly hist: Histogram;
}

/** Tracked events of one name. */
export interface CountedEvents extends CountedPlace {
  readonly event: string;
  readonly count: number;
}

const AMOUNTS = ['exposures', 'ok', 'err', 'calls', 'retries', 'openMs', 'watchedMs', 'validated', 'invalid'] as const;
type Amounts = Record<(typeof AMOUNTS)[number], number>;

/** Everything that was counted of one variant. */
export interface SeriesSum extends Readonly<Amounts> {
  readonly place: CountedPlace;
  readonly reasons: ReadonlyMap<string, number>;
  readonly slow: ReadonlyMap<number, number>;
  /** Outcomes of those who measured a threshold, by threshold in milliseconds. */
  readonly timed: Readonly<Record<'ok' | 'err', ReadonlyMap<number, number>>>;
  readonly latencies: Pick<Latencies, 'upTo' | 'seconds'>;
  readonly events: ReadonlyMap<string, number>;
}

interface Sum extends Amounts {
  readonly place: CountedPlace;
  readonly reasons: Map<string, number>;
  readonly slow: Map<number, number>;
  readonly timed: Readonly<Record<'ok' | 'err', Map<number, number>>>;
  readonly latencies: Latencies;
  readonly events: Map<string, number>;
}

/** What had to be left out: evaluations of variants beyond the bound, and events and slow outcomes beyond theirs. */
export type LeftOut = Readonly<Record<'variants' | 'events' | 'thresholds', number>>;

/** Names of events, and thresholds, that one variant has series for. */
const MOST_EVENTS = 50;
const MOST_THRESHOLDS = 10;

/** Counts by variant for as many variants as may be shown; what is left out is counted, too. */
export class FlagSeries {
  /** Variants that may be shown. */
  most: number;
  readonly #sums = new Map<string, Sum>();
  readonly #leftOut = { variants: 0, events: 0, thresholds: 0 };

  constructor(most: number) {
    this.most = most;
  }

  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  /** What has been counted, by a name for each variant. */
  get sums(): ReadonlyMap<string, SeriesSum> {
    return this.#sums;
  }

  /** Adds what one series of a batch counted. */
  add(row: CountedOutcomes): void {
    const sum = this.#sumOf(row);
    if (sum === null) {
      this.#leftOut.variants += row.exposures;
      return;
    }
    for (const name of AMOUNTS) sum[name] += row[name];
    grow(sum.reasons, row.reason, row.exposures);
    sum.latencies.add(row.hist);
    for (const [place, n] of row.slow) {
      const { ms, of } = thresholdOf(place);
      const counts = of === 'slow' ? sum.slow : sum.timed[of];
      if (hasRoom(counts, ms, MOST_THRESHOLDS)) grow(counts, ms, n);
      else if (of === 'slow') this.#leftOut.thresholds += n;
    }
  }

  /** Adds tracked events of one name. */
  track(row: CountedEvents): void {
    const events = this.#sumOf(row)?.events;
    if (events !== undefined && hasRoom(events, row.event, MOST_EVENTS)) grow(events, row.event, row.count);
    else this.#leftOut.events += row.count;
  }

  #sumOf({ environmentId, flag, variant }: CountedPlace): Sum | null {
    const name = `${environmentId}\0${flag}\0${variant}`;
    const known = this.#sums.get(name);
    if (known !== undefined) return known;
    if (this.#sums.size >= this.most) return null;
    const sum = nothingOf({ environmentId, flag, variant });
    this.#sums.set(name, sum);
    return sum;
  }
}

function nothingOf(place: CountedPlace): Sum {
  const amounts = { exposures: 0, ok: 0, err: 0, calls: 0, retries: 0, openMs: 0, watchedMs: 0, validated: 0, invalid: 0 };
  const timed = { ok: new Map(), err: new Map() };
  return { place, ...amounts, reasons: new Map(), slow: new Map(), timed, latencies: new Latencies(), events: new Map() };
}

function grow<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

function hasRoom<Key>(counts: ReadonlyMap<Key, number>, key: Key, most: number): boolean {
  return counts.size < most || counts.has(key);
}
