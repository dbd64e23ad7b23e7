import type { OutcomeSums } from '@ballast/slo';
import { thresholdOf } from '../timed-outcomes.js';

/**
 * Sums of one variant of a flag in one segment; `event` set: so many of that event; `ms` set: a place of `timed-outcomes.ts`, with the outcomes of
 * rows that are from before it was known who measured what.
 */
export interface SumRow {
  readonly environmentId: string;
  readonly flag: string;
  readonly variant: string;
  readonly segment: number;
  readonly ms: number | null;
  readonly event: string | null;
  readonly exposures: number;
  readonly ok: number;
  readonly err: number;
  /** How many were slow, or how many events there were. */
  readonly n: number;
}

interface OpenSums {
  exposures: number;
  ok: number;
  err: number;
  readonly slow: Record<number, number>;
  readonly timed: Record<number, { ok: number; err: number }>;
  readonly events: Record<string, number>;
}

/** Whose sums, and of which segments. */
export interface SumQuery {
  readonly environmentId: string;
  readonly flag: string;
  /** null: all variants. */
  readonly variant: string | null;
  readonly segments: readonly number[];
}

/** The sums of a round by flag, variant and segment. */
export class SumBook {
  private readonly byFlag = new Map<string, SumRow[]>();

  constructor(rows: readonly SumRow[]) {
    for (const row of rows) {
      const key = keyOf(row);
      const found = this.byFlag.get(key);
      if (found === undefined) this.byFlag.set(key, [row]);
      else found.push(row);
    }
  }

  /** Adds up what was asked for. */
  sums(queries: readonly SumQuery[]): OutcomeSums {
    const sums: OpenSums = { exposures: 0, ok: 0, err: 0, slow: {}, timed: {}, events: {} };
    for (const query of queries) {
      if (query.segments.length === 0) continue;
      const wanted = new Set(query.segments);
      for (const row of this.byFlag.get(keyOf(query)) ?? []) {
        if (wanted.has(row.segment) && (query.variant === null || query.variant === row.variant)) add(sums, row);
      }
    }
    return sums;
  }
}

function keyOf({ environmentId, flag }: { readonly environmentId: string; readonly flag: string }): string {
  return `${environmentId} ${flag}`;
}

function add(sums: OpenSums, { ms, event, exposures, ok, err, n }: SumRow): void {
  if (ms !== null) addTimed(sums, ms, { ok, err, n });
  else if (event !== null) sums.events[event] = (sums.events[event] ?? 0) + n;
  else {
    sums.exposures += exposures;
    sums.ok += ok;
    sums.err += err;
  }
}

function addTimed({ slow, timed }: OpenSums, place: number, { ok, err, n }: Pick<SumRow, 'ok' | 'err' | 'n'>): void {
  const { ms, of } = thresholdOf(place);
  const sum = timed[ms] ?? { ok: 0, err: 0 };
  timed[ms] = { ok: sum.ok + ok + (of === 'ok' ? n : 0), err: sum.err + err + (of === 'err' ? n : 0) };
  if (of === 'slow') slow[ms] = (slow[ms] ?? 0) + n;
}
