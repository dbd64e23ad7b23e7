import { DAY, durationText, MINUTE } from './durations.js';
import type { BurnRule } from './fires.js';

/** Something wrong, or worth a thought, about what somebody configured; `path` leads to it. */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

/** Longest window of a rule: what minutes and hours are kept for at least. */
const LONGEST_WINDOW = 31 * DAY;
/** From this error ratio on, a tier sees nothing but outages. */
const COARSE_THRESHOLD = 0.1;

/** The tier in words: `page 4x on 1h/5m`. */
export function ruleText(rule: BurnRule): string {
  return `${rule.severity} ${rule.factor}x on ${durationText(rule.longMs)}/${durationText(rule.shortMs)}`;
}

/** What is wrong with rules for an error budget ratio: windows that do not fit, and tiers that can never fire. */
export function checkRules(rules: readonly BurnRule[], budget: number): readonly Finding[] {
  return rules.flatMap((rule, index) => {
    const path = `rules[${index}]`;
    const messages = windowProblems(rule);
    if (messages.length > 0) return messages.map((message) => ({ level: 'error' as const, path, message }));
    return thresholdFindings(rule, budget, path);
  });
}

function windowProblems(rule: BurnRule): readonly string[] {
  const { longMs, shortMs, forMs, factor } = rule;
  const wholeMinutes = [longMs, shortMs, forMs].every((ms) => Number.isInteger(ms / MINUTE) && ms >= 0);
  if (!wholeMinutes) return ['windows are whole minutes'];
  const problems: string[] = [];
  if (!(factor > 0 && Number.isFinite(factor))) problems.push('the factor must be a number above 0');
  if (shortMs < MINUTE) problems.push('the short window must be at least a minute');
  else if (shortMs >= longMs) problems.push('the short window must be shorter than the long one');
  if (longMs > LONGEST_WINDOW) problems.push(`the long window must not exceed ${durationText(LONGEST_WINDOW)}`);
  if (forMs > longMs) problems.push('the hold must not exceed the long window');
  return problems;
}

function thresholdFindings(rule: BurnRule, budget: number, path: string): readonly Finding[] {
  // Rounded, so that the noise of binary fractions lets no rule pass that needs exactly every request to fail.
  const threshold = Math.round(rule.factor * budget * 1e9) / 1e9;
  const percent = `${Math.round(threshold * 1e4) / 100} %`;
  if (threshold >= 1) {
    return [{ level: 'error', path, message: `${ruleText(rule)} can never fire: it needs more than ${percent} errors` }];
  }
  if (threshold > COARSE_THRESHOLD) {
    return [{ level: 'warning', path, message: `${ruleText(rule)} sees nothing below ${percent} errors` }];
  }
  return [];
}
