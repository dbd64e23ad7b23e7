import { budgetRatio, burnRate } from './burn.js';
import { type Counts, total } from './counts.js';

/** What an objective allows over its period and what is left of it. */
export interface Budget {
  /** Bad outcomes that the target allows among those that happened. */
  readonly allowed: number;
  /** Share of the budget that is spent; above 1 when overspent, null when nothing happened. */
  readonly consumed: number | null;
  /** `1 - consumed`; negative when overspent, null when nothing happened. Displays clamp it, nobody else does. */
  readonly remaining: number | null;
}

/** The error budget of a period with these counts. */
export function errorBudget(counts: Counts, target: number): Budget {
  const allowed = budgetRatio(target) * total(counts);
  if (total(counts) === 0) return { allowed, consumed: null, remaining: null };
  const consumed = burnRate(counts, budgetRatio(target));
  return { allowed, consumed, remaining: 1 - consumed };
}

/** Milliseconds until the rest of a budget is spent at a burn rate; 0 when it is spent already, null when it never will be. */
export function timeToExhaustion(remaining: number, periodMs: number, burn: number): number | null {
  if (remaining <= 0) return 0;
  return burn > 0 ? (remaining * periodMs) / burn : null;
}
