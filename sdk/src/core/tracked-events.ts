import type { Resolution } from '@ballast/evaluation';
import type { OutcomeRow } from '@ballast/protocol';
import { longestUtf8 } from './counters.js';
import { DAY_MS, MAX_BATCH_BYTES, MAX_BATCH_ROWS } from './limits.js';

/** Pairs of an event and a variant that are kept until they are sent; more are not counted. */
export const MAX_PAIRS = 2_000;

type Draft = { -readonly [Name in keyof OutcomeRow]: OutcomeRow[Name] };

/** Counts tracked events per variant and slot, within bounds. */
export class TrackedEvents {
  readonly #drafts = new Map<string, Draft>();

  /** Counts an event for what a context was served; false when there is no room. */
  add(event: string, value: number, { of, t0 }: { readonly of: Resolution; readonly t0: number }): boolean {
    const { flag, version, variant, stage } = of;
    const key = JSON.stringify([t0, event, flag, version, variant, stage]);
    const known = this.#drafts.get(key);
    if (known === undefined && this.#drafts.size >= MAX_PAIRS) return false;
    const draft = known ?? { flag, version, variant, stage, event, t0, count: 0, sum: 0 };
    draft.count += 1;
    draft.sum += value;
    this.#drafts.set(key, draft);
    return true;
  }

  /** Takes out as much as one batch holds; events that are too old are lost. */
  take(now: number): { readonly rows: readonly OutcomeRow[]; readonly lost: number } {
    const rows: OutcomeRow[] = [];
    let [bytes, lost] = [0, 0];
    for (const [key, row] of this.#drafts) {
      bytes += longestUtf8(JSON.stringify(row));
      if (rows.length >= MAX_BATCH_ROWS || (bytes > MAX_BATCH_BYTES && rows.length > 0)) break;
      this.#drafts.delete(key);
      if (row.t0 >= now - DAY_MS) rows.push(row);
      else lost += row.count;
    }
    return { rows, lost };
  }
}
