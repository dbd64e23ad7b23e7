import { type Counts, errorRatio } from './counts.js';

/** The share of outcomes that may fail under an objective: `1 - target`, freed of the noise of binary fractions. */
export function budgetRatio(target: number): number {
  return Math.round((1 - target) * 1e12) / 1e12;
}

/** How many times faster than allowed the budget is spent in a window; 0 when nothing happened in it. */
export function burnRate(counts: Counts, budget: number): number {
  return (errorRatio(counts) ?? 0) / budget;
}
