import type { Resolution } from '@ballast/evaluation';
import { type ProcessLoad, SLOT_MS } from '@ballast/protocol';
import { type Batch, Counters } from './counters.js';
import type { Health } from './insights.js';
import { TrackedEvents } from './tracked-events.js';

const NOTHING = { rows: [], unknown: {}, dropped: 0 };
const HEALTH = ['calls', 'retries', 'openMs', 'watchedMs', 'validated', 'invalid'] as const;

/** What counters go by that know more. */
export interface Extras {
  readonly slowMs: readonly number[];
  /** How busy the process was since this was asked last; undefined where nobody knows, or too soon. */
  readonly busy?: (() => ProcessLoad | undefined) | undefined;
}

/** Counters that also know how often code was slow, what it went through, and what was tracked. */
export class FullCounters extends Counters {
  readonly #events = new TrackedEvents();
  readonly #extras: Extras;
  readonly #clock: () => number;
  /** What is to be told of the process although nothing was counted. */
  #sign: ProcessLoad | undefined;

  constructor(now: () => number, opened: (msLeft: number) => void, extras: Extras) {
    super(now, opened);
    this.#clock = now;
    this.#extras = extras;
  }

  override outcome(resolution: Resolution, ok: boolean, ms: number, times = 1): void {
    super.outcome(resolution, ok, ms, times);
    const cell = this.cellOf(resolution, 0);
    // A threshold that nothing was above is told too: then all that ended well was in time. So is it of failures: they were timed.
    cell.slow = this.#extras.slowMs.flatMap((threshold, index) => [
      threshold,
      (cell.slow?.[2 * index + 1] ?? 0) + (ok && ms > threshold ? 1 : 0),
    ]);
  }

  /** Counts what the code under a flag went through; amounts that are none are left out. */
  health(resolution: Resolution, health: Health): void {
    const cell = this.cellOf(resolution, 1);
    for (const name of HEALTH) {
      const amount = health[name];
      if (typeof amount === 'number' && amount > 0 && Number.isSafeInteger(Math.round(amount)))
        cell[name] = (cell[name] ?? 0) + Math.round(amount);
    }
  }

  /** Counts an event for what its context was served; false when there is no room, and it is counted as dropped. */
  track(event: string, value: number, of: Resolution): boolean {
    const now = this.#clock();
    const isKept = this.#events.add(event, value, { of, t0: now - (now % SLOT_MS) });
    if (!isKept) this.lose(1);
    return isKept;
  }

  /** Lets the next batch tell of the process even if nothing is counted; false where there is nothing to tell. */
  giveSign(): boolean {
    this.#sign ??= this.#extras.busy?.();
    return this.#sign !== undefined;
  }

  override take(): Batch | null {
    const batch = super.take() ?? this.#takeEvents();
    const process = this.#sign ?? (batch && this.#extras.busy?.());
    this.#sign = undefined;
    if (!process) return batch;
    const { content, ...rest } = batch ?? { content: NOTHING, evaluations: 0, t0: this.#clock() };
    return { ...rest, content: { ...content, process } };
  }

  #takeEvents(): Batch | null {
    const { rows: outcomes, lost } = this.#events.take(this.#clock());
    this.lose(lost);
    const t0 = outcomes.reduce((oldest, row) => Math.min(oldest, row.t0), Number.POSITIVE_INFINITY);
    const evaluations = outcomes.reduce((sum, { count }) => sum + count, 0);
    return outcomes.length === 0 ? null : { content: { ...NOTHING, outcomes }, evaluations, t0 };
  }
}
