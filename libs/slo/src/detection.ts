import { MINUTE } from './durations.js';
import type { BurnRule } from './fires.js';

/** The error ratio above which a tier fires at all. */
export function errorThreshold(rule: BurnRule, budget: number): number {
  return rule.factor * budget;
}

/** Milliseconds until a tier sees a constant error ratio that starts from none; null when it never does. */
export function detectionMs(rule: BurnRule, budget: number, errorRatio: number): number | null {
  const threshold = errorThreshold(rule, budget);
  return errorRatio > threshold ? (rule.longMs * threshold) / errorRatio : null;
}

/** Milliseconds until a tier is over after a constant error ratio ended. */
export function resetMs(rule: BurnRule, budget: number, errorRatio: number): number {
  return Math.max(0, rule.shortMs * (1 - errorThreshold(rule, budget) / errorRatio));
}

/** The share of a period's budget that is spent when a tier fires. */
export function spentAtDetection(rule: BurnRule, periodMs: number): number {
  return (rule.factor * rule.longMs) / periodMs;
}

/**
 * How long an objective may hear nothing before that is an alert of its own, in whole minutes: the time its most urgent tier
 * needs to see a full outage, and its hold. Null without rules.
 */
export function absenceHoldMs(rules: readonly BurnRule[], budget: number): number | null {
  const [first] = [...rules].sort((a, b) => b.factor - a.factor);
  if (first === undefined) return null;
  return Math.max(1, Math.round((errorThreshold(first, budget) * first.longMs + first.forMs) / MINUTE)) * MINUTE;
}
