import type { Resolution } from '@ballast/evaluation';
import { SLOT_MS } from '@ballast/protocol';
import { bucketOf, sparse } from './histogram.js';

const MAX_ROWS = 10_000;
const MAX_UNKNOWN_KEYS = 100;
const MAX_KEY_LENGTH = 255;
const MAX_BATCH_ROWS = 500;
const MAX_BATCH_BYTES = 64_000;
const DAY_MS = 86_400_000;

interface Counts {
  exposures: number;
  ok: number;
  err: number;
  readonly hist: Map<number, number>;
}

interface Cell extends Counts {
  readonly of: Resolution;
}

interface Row extends Counts {
  readonly flag: string;
  readonly version: number;
  readonly variant: string | undefined;
  readonly reason: string;
  readonly stage: string | undefined;
  readonly t0: number;
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
 * Counts evaluations and outcomes per resolution and 10-second slot. Resolutions are shared objects, so counting is one
 * lookup and one increment. Memory is bounded; what does not fit is counted as dropped.
 */
export class Counters {
  /** The open slot; a cell per resolution object, or per text where resolutions are made afresh. */
  #cells = new Map<Resolution | string, Cell>();
  readonly #rows = new Map<string, Row>();
  readonly #unknown = new Map<string, number>();
  #dropped = 0;
  #t0 = 0;
  readonly #now: () => number;
  readonly #opened: (msLeft: number) => void;

  /** `opened` is told how long the slot lasts that has just taken its first count. */
  constructor(now: () => number, opened: (msLeft: number) => void) {
    this.#now = now;
    this.#opened = opened;
  }

  /** Counts one evaluation. */
  count(resolution: Resolution): void {
    const known = this.#cells.get(resolution);
    if (known) known.exposures++;
    else this.#first(resolution, (cell) => cell.exposures++);
  }

  /** Counts one evaluation together with the outcome of the code that ran under it. */
  outcome(resolution: Resolution, ok: boolean, ms: number): void {
    const add = (cell: Cell): void => {
      const bucket = bucketOf(ms);
      cell.exposures++;
      cell[ok ? 'ok' : 'err']++;
      cell.hist.set(bucket, (cell.hist.get(bucket) ?? 0) + 1);
    };
    const known = this.#cells.get(resolution);
    if (known) add(known);
    else this.#first(resolution, add);
  }

  /** Closes the open slot: its counts become rows. */
  roll(): void {
    const cells = this.#cells;
    this.#cells = new Map();
    for (const cell of cells.values()) this.#close(cell);
  }

  /** Adds evaluations that are not reported one by one. */
  lose(evaluations: number): void {
    this.#dropped += evaluations;
  }

  /** Freezes up to one batch of closed slots and forgets them here; null when there is nothing to send. */
  take(): Batch | null {
    const oldest = this.#now() - DAY_MS;
    const batch = { rows: [] as string[], left: MAX_BATCH_BYTES, evaluations: 0, t0: this.#now() };
    for (const [key, row] of this.#rows) {
      const json = JSON.stringify({ ...row, hist: row.hist.size ? sparse(row.hist) : undefined });
      const size = utf8Length(json);
      const isLost = row.t0 < oldest || size > MAX_BATCH_BYTES;
      if (!isLost && (size > batch.left || batch.rows.length === MAX_BATCH_ROWS)) break;
      this.#rows.delete(key);
      if (isLost) {
        this.#dropped += row.exposures;
        continue;
      }
      batch.rows.push(json);
      batch.left -= size;
      batch.evaluations += row.exposures;
      batch.t0 = Math.min(batch.t0, row.t0);
    }
    return this.#freeze(batch);
  }

  #freeze({ rows, left, evaluations, t0 }: { rows: string[]; left: number; evaluations: number; t0: number }): Batch | null {
    const unknown: string[] = [];
    for (const [key, count] of this.#unknown) {
      const json = `${JSON.stringify(key)}:${count}`;
      left -= utf8Length(json);
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

  #first(resolution: Resolution, add: (cell: Cell) => void): void {
    if (this.#cells.size === 0) {
      const now = this.#now();
      this.#t0 = now - (now % SLOT_MS);
      this.#opened(this.#t0 + SLOT_MS - now);
    }
    if (resolution.flag.length > MAX_KEY_LENGTH) this.#dropped++;
    else if (resolution.errorCode === 'FLAG_NOT_FOUND') this.#countUnknown(resolution.flag);
    else this.#countIn(resolution, add);
  }

  #countIn(resolution: Resolution, add: (cell: Cell) => void): void {
    const key = resolution.errorCode ? `${resolution.flag}\n${resolution.version}` : resolution;
    let cell = this.#cells.get(key);
    if (!cell) {
      if (this.#cells.size + this.#rows.size >= MAX_ROWS) {
        this.#dropped++;
        return;
      }
      cell = { of: resolution, exposures: 0, ok: 0, err: 0, hist: new Map() };
      this.#cells.set(key, cell);
    }
    add(cell);
  }

  #countUnknown(key: string): void {
    const count = this.#unknown.get(key) ?? 0;
    if (count || this.#unknown.size < MAX_UNKNOWN_KEYS) this.#unknown.set(key, count + 1);
    else this.#dropped++;
  }

  #close({ of, exposures, ok, err, hist }: Cell): void {
    const { flag, version, variant, reason, stage } = of;
    const key = JSON.stringify([flag, version, variant, reason, stage, this.#t0]);
    const row = this.#rows.get(key);
    if (!row) {
      this.#rows.set(key, { flag, version, variant, reason, stage, t0: this.#t0, exposures, ok, err, hist });
      return;
    }
    row.exposures += exposures;
    row.ok += ok;
    row.err += err;
    for (const [bucket, count] of hist) row.hist.set(bucket, (row.hist.get(bucket) ?? 0) + count);
  }
}

/** Bytes of a text in UTF-8; a surrogate pair counts as six instead of four, which only makes batches smaller. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    length += unit < 0x80 ? 0 : unit < 0x800 ? 1 : 2;
  }
  return length;
}
