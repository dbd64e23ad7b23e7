import { burnRate } from './burn.js';
import { type Counts, total } from './counts.js';
import { lowerBound95 } from './poisson-bound.js';

/**
 * From this many failures on, the ratio itself is believed: its standard error is below 23 % of it, and waiting for the bound
 * would only delay an alert that is certain (docs/adr/0018).
 */
export const ENOUGH_FAILURES = 20;

/** How urgent an alert is: a page wakes somebody, a ticket waits for the morning. */
export type Severity = 'page' | 'ticket';

/** One tier of burn-rate alerting: two windows that share a factor. */
export interface BurnRule {
  readonly severity: Severity;
  readonly longMs: number;
  readonly shortMs: number;
  /** The burn rate above which both windows must be. */
  readonly factor: number;
  /** How long the condition must hold before the alert fires; 0 fires at the first evaluation. */
  readonly forMs: number;
}

/** Whether the failures of a window are more than chance: their 95 % lower bound, or enough of them, above what the factor allows. */
export function isBelievable(counts: Counts, factor: number, budget: number): boolean {
  return counts.bad >= ENOUGH_FAILURES || lowerBound95(counts.bad) > factor * budget * total(counts);
}

/** Whether a tier fires: both windows burn faster than its factor, and the long one believably so. */
export function fires(rule: BurnRule, budget: number, long: Counts, short: Counts): boolean {
  return burnRate(short, budget) > rule.factor && burnRate(long, budget) > rule.factor && isBelievable(long, rule.factor, budget);
}

/**
 * Whether a tier is over: its short window no longer burns faster than its factor. An empty short window says nothing; then
 * the long one decides, so that silence is not taken for recovery.
 */
export function isClear(rule: BurnRule, budget: number, long: Counts, short: Counts): boolean {
  return burnRate(total(short) > 0 ? short : long, budget) <= rule.factor;
}
