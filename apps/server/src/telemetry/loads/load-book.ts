import type { ProcessLoad } from '@ballast/protocol';

const MINUTE_MS = 60_000;
/** No report is about more: whoever is not heard of for longer is not watched. */
const LONGEST_MS = 120_000;

/** Who says how busy a process was. */
export interface Reporter {
  readonly environmentId: string;
  readonly instance: string;
  /** When it was heard. */
  readonly at: number;
}

/** How busy the processes of an environment were in one minute. */
export interface LoadRow {
  readonly environmentId: string;
  readonly slot: number;
  readonly usedMs: number;
  readonly watchedMs: number;
  /** How busy the busiest of them was, in thousandths, and which one that is. */
  readonly busiest: number;
  readonly busiestInstance: string;
}

/** The resource that a process runs out of first, in thousandths. */
export function saturationOf({ loop, cpu, memory }: ProcessLoad): number {
  return Math.max(loop, cpu, memory);
}

/** Adds up what processes say until it is written. A report is a mean over its stretch and counts as long as that lasted, so a spike is no more than its share. */
export class LoadBook {
  #rows = new Map<string, LoadRow>();

  /** Notes a report. */
  note({ environmentId, instance, at }: Reporter, load: ProcessLoad): void {
    const slot = at - (at % MINUTE_MS);
    const key = `${environmentId} ${slot}`;
    const watched = Math.min(load.ms, LONGEST_MS);
    const busy = saturationOf(load);
    const row = this.#rows.get(key);
    const isBusiest = row === undefined || busy > row.busiest;
    this.#rows.set(key, {
      environmentId,
      slot,
      usedMs: (row?.usedMs ?? 0) + Math.round((watched * busy) / 1_000),
      watchedMs: (row?.watchedMs ?? 0) + watched,
      busiest: isBusiest ? busy : row.busiest,
      busiestInstance: isBusiest ? instance : row.busiestInstance,
    });
  }

  /** Takes all of it out, in the order in which rows are locked. */
  take(): readonly LoadRow[] {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    this.#rows = new Map();
    return rows;
  }
}
