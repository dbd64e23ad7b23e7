import { type EvaluationContext, murmur3, type Resolution, readKey, tallyOf } from '@ballast/evaluation';
import { type CounterRow, SLOT_MS, type TelemetryEnvelope } from '@ballast/protocol';
import { EXPOSED, FAILED, FirstExposures } from './first-exposures.js';
import { bucketOf, sparse } from './histogram.js';
import { DAY_MS, MAX_BATCH_BYTES, MAX_BATCH_ROWS, MAX_KEY_LENGTH, MAX_ROWS, MAX_UNKNOWN_KEYS } from './limits.js';

/** What some counters count besides; it is sent as it is. */
type More = { -readonly [Name in 'slow' | 'calls' | 'retries' | 'openMs' | 'watchedMs' | 'validated' | 'invalid']?: CounterRow[Name] };

/** What was counted of one resolution in one slot. */
export interface Cell extends More {
  readonly of: Resolution;
  readonly t0: number;
  exposures: number;
  exposuresFirst?: number;
  ok: number;
  err: number;
  errFirst?: number;
  /** Outcomes by bucket of their latency. */
  readonly hist: number[];
}

/** Counts that will never change again: what one telemetry request carries, whatever number of times it is sent. */
export interface Batch {
  readonly content: Pick<TelemetryEnvelope, 'rows' | 'outcomes' | 'unknown' | 'dropped' | 'process'>;
  /** Evaluations and events in it, those that it reports as dropped included. */
  readonly evaluations: number;
  /** Oldest slot in it. */
  readonly t0: number;
}

/**
 * Counts evaluations and outcomes per resolution and 10-second slot. Resolutions are shared objects with a place to
 * count in, taken over when the slot closes, so that counting is a look and an increment. Memory is bounded; what does not fit is counted as dropped.
 */
export class Counters {
  /** The open slot; a cell per resolution object, or per text where resolutions are made afresh. */
  #cells = new Map<Resolution | string, Cell>();
  /** Closed slots, oldest first. */
  #rows: Cell[] = [];
  /** How many more unknown keys the open slot takes. */
  #unknownLeft = MAX_UNKNOWN_KEYS;
  #dropped = 0;
  readonly #met = new FirstExposures();
  readonly #now: () => number;
  readonly #opened: (msLeft: number) => void;

  /** `opened` is told how long the slot still lasts, whenever something is counted that was not counted in it before. */
  constructor(now: () => number, opened: (msLeft: number) => void) {
    this.#now = now;
    this.#opened = opened;
  }

  /** Counts evaluations. */
  count(resolution: Resolution, times = 1): void {
    const tally = tallyOf(resolution);
    if (tally?.owner === this) tally.noted += times;
    else this.cellOf(resolution, times).exposures += times;
  }

  /** Counts evaluations together with the one outcome of the code that ran under them. */
  outcome(resolution: Resolution, ok: boolean, ms: number, times = 1): void {
    const cell = this.cellOf(resolution, times);
    const bucket = bucketOf(ms);
    cell.exposures += times;
    cell[ok ? 'ok' : 'err']++;
    cell.hist[bucket] = (cell.hist[bucket] ?? 0) + 1;
  }

  /** Counts a context that it is the first time for: under this variant of this stage at all, and with code that failed. */
  first(resolution: Resolution, mark: number, hasFailed = false): void {
    const more = (name: 'exposuresFirst' | 'errFirst'): void => {
      const cell = this.cellOf(resolution, 0);
      cell[name] = (cell[name] ?? 0) + 1;
    };
    if (this.#met.isFirst(mark, EXPOSED)) more('exposuresFirst');
    if (hasFailed && this.#met.isFirst(mark, FAILED)) more('errFirst');
  }

  /** Closes the open slot: its counts become rows. */
  roll(): void {
    for (const cell of this.#cells.values()) {
      const tally = tallyOf(cell.of);
      if (tally?.owner === this) {
        cell.exposures += tally.noted;
        tally.noted = 0;
        tally.owner = undefined;
      }
      this.#rows.push(cell);
    }
    this.#cells = new Map();
    this.#unknownLeft = MAX_UNKNOWN_KEYS;
  }

  /** Adds evaluations that are not reported one by one. */
  lose(evaluations: number): void {
    this.#dropped += evaluations;
  }

  /** Freezes up to one batch of closed slots and forgets them here; null when there is nothing to send. */
  take(): Batch | null {
    const oldest = this.#now() - DAY_MS;
    this.#rows = this.#rows.filter(({ t0, exposures }) => t0 >= oldest || this.lose(exposures));
    const [first] = this.#rows;
    if (!first) return null;
    const rows: CounterRow[] = [];
    const unknown = new Map<string, number>();
    let evaluations = 0;
    for (const [row, cell] of this.#next()) {
      evaluations += cell.exposures;
      if (isUnknown(cell.of)) unknown.set(row.flag, (unknown.get(row.flag) ?? 0) + cell.exposures);
      else rows.push(row);
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { content: { rows, unknown: Object.fromEntries(unknown), dropped }, evaluations: evaluations + dropped, t0: first.t0 };
  }

  /** Takes out closed rows for as long as they fit into one batch. */
  *#next(): Generator<readonly [CounterRow, Cell]> {
    let bytes = 0;
    for (let left = MAX_BATCH_ROWS; left > 0; left--) {
      const cell = this.#rows[0];
      if (!cell) return;
      const row = rowOf(cell);
      bytes += longestUtf8(JSON.stringify(row));
      if (bytes > MAX_BATCH_BYTES && left < MAX_BATCH_ROWS) return;
      this.#rows.shift();
      yield [row, cell];
    }
  }

  /** The cell to count in; what cannot be kept is counted elsewhere and gets a cell that nobody keeps. */
  cellOf(resolution: Resolution, times: number): Cell {
    const { flag, version, errorCode } = resolution;
    const key = errorCode ? `${flag}\n${version}` : resolution;
    const known = this.#cells.get(key);
    if (known) return known;
    const now = this.#now();
    const elapsed = now % SLOT_MS;
    const cell: Cell = { of: resolution, t0: now - elapsed, exposures: 0, ok: 0, err: 0, hist: [] };
    this.#opened(SLOT_MS - elapsed);
    const isFull = this.#cells.size + this.#rows.length >= MAX_ROWS;
    if (isFull || flag.length > MAX_KEY_LENGTH || (isUnknown(resolution) && --this.#unknownLeft < 0)) this.#dropped += times;
    else {
      this.#cells.set(key, cell);
      const tally = tallyOf(resolution);
      if (tally) tally.owner ??= this;
    }
    return cell;
  }
}

/**
 * What a context is known by under the variant that a rollout step's split served it: a hash that never leaves the client. Undefined for
 * anything else, which nobody compares with anything.
 */
export function markOf(resolution: Resolution, context: EvaluationContext): number | undefined {
  const { flag, variant, stage } = resolution;
  const tally = tallyOf(resolution);
  if (stage === undefined || tally?.by === undefined) return undefined;
  tally.seed ??= murmur3(JSON.stringify([flag, variant, stage]));
  return murmur3(readKey(context, tally.by), tally.seed) | 0;
}

function isUnknown({ errorCode }: Resolution): boolean {
  return errorCode === 'FLAG_NOT_FOUND';
}

function rowOf({ of, hist, ...counts }: Cell): CounterRow {
  const { flag, version, variant, reason, stage } = of;
  return { flag, version, variant, reason, stage, ...counts, hist: hist.length ? sparse(hist) : undefined };
}

/** At least as long as a text is in UTF-8: a surrogate pair counts as six bytes instead of four. */
export function longestUtf8(text: string): number {
  return text.length + 2 * text.replace(/[\0-\x7f]/g, '').length;
}
