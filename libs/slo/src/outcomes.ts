import type { Counts } from './counts.js';
import type { Indicator } from './objective.js';

/** What rows of rollups sum up to: the counters that indicators are made of. */
export interface OutcomeSums {
  readonly exposures: number;
  readonly ok: number;
  readonly err: number;
  /** Outcomes without an error that took longer than a threshold, by threshold in milliseconds. */
  readonly slow: Readonly<Record<number, number>>;
  /** Outcomes of those who measured a threshold, by threshold in milliseconds. */
  readonly timed: Readonly<Record<number, { readonly ok: number; readonly err: number }>>;
  /** Tracked events by name. */
  readonly events: Readonly<Record<string, number>>;
}

/** Good and bad by an indicator; null when these sums cannot tell: nobody counted that threshold, or the numbers are in Prometheus. */
export function countsBy(indicator: Indicator, sums: OutcomeSums): Counts | null {
  switch (indicator.kind) {
    case 'success':
      return { good: sums.ok, bad: sums.err };
    case 'latency': {
      const slow = sums.slow[indicator.thresholdMs];
      if (slow === undefined) return null;
      const { ok, err } = timedBy(indicator.thresholdMs, sums);
      return ratio(ok - slow, ok + err);
    }
    case 'business':
      return ratio(sums.events[indicator.good] ?? 0, indicator.total === null ? sums.exposures : (sums.events[indicator.total] ?? 0));
    case 'promql':
      return null;
    default:
      return indicator satisfies never;
  }
}

/** Where everything failed it does not matter who measured what: all of it is bad. */
function timedBy(thresholdMs: number, { ok, err, timed }: OutcomeSums): { readonly ok: number; readonly err: number } {
  return ok === 0 ? { ok, err } : (timed[thresholdMs] ?? { ok: 0, err: 0 });
}

/** Good and bad of a good number and all; more good than all, as late rows may make it for a moment, is all good. */
function ratio(good: number, all: number): Counts {
  const within = Math.min(Math.max(0, good), all);
  return { good: within, bad: all - within };
}
