import { type Resolution, tallyOf } from '@ballast/evaluation';
import { SLOT_MS } from '@ballast/protocol';
import { bucketOf, sparse } from './histogram.js';

const MAX_ROWS = 10_000;
const MAX_UNKNOWN_KEYS = 100;
const MAX_KEY_LENGTH = 255;
const MAX_BATCH_ROWS = 500;
const MAX_BATCH_BYTES = 64_000;
const DAY_MS = 86_400_000;

class Cell {
  exposures = 0;
  ok = 0;
  err = 0;
  readonly hist = new Map<number, number>();
  readonly of: Resolution;
  readonly t0: number;
  /** The open slot of the counters it belongs to. */
  readonly slot: object;

  constructor(of: Resolution, t0: number, slot: object) {
    this.of = of;
    this.t0 = t0;
    this.slot = slot;
  }
}

/** Counts that will never change again: what one telemetry request carries, whatever number of times it is sent. */
export interface Batch {
  /** JSON members `rows`, `unknown` and `dropped`, without the braces. */
  readonly members: string;
  /** Evaluations in it, those that it reports as dropped included. */
  readonly evaluations: number;
  /** Oldest slot in it. */
  readonly t0: number;
}

/**
 * Counts evaluations and outcomes per resolution and 10-second slot. Resolutions are shared objects that remember the cell
 * they were last counted in, so that counting is a look and an increment. Memory is bounded; what does not fit is counted as dropped.
 */
export class Counters {
  /** The open slot; a cell per resolution object, or per text where resolutions are made afresh. */
  #cells = new Map<Resolution | string, Cell>();
  /** Closed slots, oldest first. */
  readonly #rows: Cell[] = [];
  readonly #unknown = new Map<string, number>();
  #dropped = 0;
  readonly #now: () => number;
  readonly #opened: (msLeft: number) => void;

  /** `opened` is told how long the slot still lasts, whenever something is counted that was not counted in it before. */
  constructor(now: () => number, opened: (msLeft: number) => void) {
    this.#now = now;
    this.#opened = opened;
  }

  /** Counts evaluations. */
  count(resolution: Resolution, times = 1): void {
    this.#cellOf(resolution, times).exposures += times;
  }

  /** Counts evaluations together with the one outcome of the code that ran under them. */
  outcome(resolution: Resolution, ok: boolean, ms: number, times = 1): void {
    const cell = this.#cellOf(resolution, times);
    const bucket = bucketOf(ms);
    cell.exposures += times;
    cell[ok ? 'ok' : 'err']++;
    cell.hist.set(bucket, (cell.hist.get(bucket) ?? 0) + 1);
  }

  /** Closes the open slot: its counts become rows. */
  roll(): void {
    this.#rows.push(...this.#cells.values());
    this.#cells = new Map();
  }

  /** Adds evaluations that are not reported one by one. */
  lose(evaluations: number): void {
    this.#dropped += evaluations;
  }

  /** Freezes up to one batch of closed slots and forgets them here; null when there is nothing to send. */
  take(): Batch | null {
    const now = this.#now();
    const t0 = this.#rows[0]?.t0 ?? now;
    const rows: string[] = [];
    let left = MAX_BATCH_BYTES;
    let evaluations = 0;
    for (let cell = this.#rows[0]; cell && rows.length < MAX_BATCH_ROWS; cell = this.#rows[0]) {
      const json = JSON.stringify(rowOf(cell));
      left -= longestUtf8(json);
      if (left < 0 && rows.length > 0) break;
      this.#rows.shift();
      if (cell.t0 < now - DAY_MS) {
        this.#dropped += cell.exposures;
        continue;
      }
      rows.push(json);
      evaluations += cell.exposures;
    }
    const unknown: string[] = [];
    for (const [key, count] of this.#unknown) {
      const json = `${JSON.stringify(key)}:${count}`;
      left -= longestUtf8(json);
      if (left < 0) break;
      this.#unknown.delete(key);
      unknown.push(json);
      evaluations += count;
    }
    if (rows.length + unknown.length === 0) return null;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { members: `"rows":[${rows}],"unknown":{${unknown}},"dropped":${dropped}`, evaluations: evaluations + dropped, t0 };
  }

  #cellOf(resolution: Resolution, times: number): Cell {
    const note = tallyOf(resolution)?.note;
    return note instanceof Cell && note.slot === this.#cells ? note : this.#first(resolution, times);
  }

  /** The cell to count in; what cannot be kept is counted elsewhere and gets a cell that nobody keeps. */
  #first(resolution: Resolution, times: number): Cell {
    const { flag, version, errorCode } = resolution;
    const key = errorCode ? `${flag}\n${version}` : resolution;
    const known = this.#cells.get(key);
    if (known) return known;
    const now = this.#now();
    const elapsed = now % SLOT_MS;
    const cell = new Cell(resolution, now - elapsed, this.#cells);
    this.#opened(SLOT_MS - elapsed);
    const count = this.#unknown.get(flag) ?? 0;
    const isUnknown = errorCode === 'FLAG_NOT_FOUND';
    const isFull = isUnknown ? !count && this.#unknown.size >= MAX_UNKNOWN_KEYS : this.#cells.size + this.#rows.length >= MAX_ROWS;
    if (isFull || flag.length > MAX_KEY_LENGTH) this.#dropped += times;
    else if (isUnknown) this.#unknown.set(flag, count + times);
    else {
      this.#cells.set(key, cell);
      const tally = tallyOf(resolution);
      if (tally) tally.note = cell;
    }
    return cell;
  }
}

function rowOf({ of: { flag, version, variant, reason, stage }, t0, exposures, ok, err, hist }: Cell): object {
  return { flag, version, variant, reason, stage, t0, exposures, ok, err, hist: hist.size ? sparse(hist) : undefined };
}

/** At least as long as a text is in UTF-8: a surrogate pair counts as six bytes instead of four. */
function longestUtf8(text: string): number {
  return text.length + 2 * text.replace(/[\0-\x7f]/g, '').length;
}
