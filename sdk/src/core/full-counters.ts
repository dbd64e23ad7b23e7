import type { Resolution } from '@ballast/evaluation';
import { SLOT_MS } from '@ballast/protocol';
import { type Batch, Counters } from './counters.js';
import type { Health } from './insights.js';
import { TrackedEvents } from './tracked-events.js';

const HEALTH = ['retries', 'openMs', 'validated', 'invalid'] as const;

/** Counters that also know how often code was slow, what it went through, and what was tracked. */
export class FullCounters extends Counters {
  readonly #events = new TrackedEvents();
  readonly #slowMs: readonly number[];
  readonly #clock: () => number;

  constructor(now: () => number, opened: (msLeft: number) => void, slowMs: readonly number[]) {
    super(now, opened);
    this.#clock = now;
    this.#slowMs = slowMs;
  }

  override outcome(resolution: Resolution, ok: boolean, ms: number, times = 1): void {
    super.outcome(resolution, ok, ms, times);
    if (!ok) return;
    const cell = this.cellOf(resolution, 0);
    // A threshold that nothing was above is told too: then all that ended well was in time.
    cell.slow = this.#slowMs.flatMap((threshold, index) => [threshold, (cell.slow?.[2 * index + 1] ?? 0) + (ms > threshold ? 1 : 0)]);
  }

  /** Counts what the code under a flag went through; amounts that are none are left out. */
  health(resolution: Resolution, health: Health): void {
    const cell = this.cellOf(resolution, 0);
    for (const name of HEALTH) {
      const amount = health[name];
      if (typeof amount === 'number' && amount > 0 && Number.isSafeInteger(Math.round(amount)))
        cell[name] = (cell[name] ?? 0) + Math.round(amount);
    }
  }

  /** Counts an event for what its context was served; false when there is no room. */
  track(event: string, value: number, of: Resolution): boolean {
    const now = this.#clock();
    return this.#events.add(event, value, { of, t0: now - (now % SLOT_MS) });
  }

  override take(): Batch | null {
    const batch = super.take();
    if (batch !== null) return batch;
    const outcomes = this.#events.take(this.#clock());
    const t0 = outcomes.reduce((oldest, row) => Math.min(oldest, row.t0), Number.POSITIVE_INFINITY);
    return outcomes.length === 0 ? null : { content: { rows: [], outcomes, unknown: {}, dropped: 0 }, evaluations: 0, t0 };
  }
}
