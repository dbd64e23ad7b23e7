import type { Finding } from '../check-rules.js';
import { DAY } from '../durations.js';
import type { Span } from '../period.js';
import type { AlertLabels } from './alert.js';

/** Labels that must all be equal; what is not named matches anything. */
export type AlertMatch = Partial<AlertLabels>;

/** A stretch of time in which matching alerts tell nobody and remedy nothing; a silence, or declared maintenance. */
export interface Silence extends Span {
  readonly id: string;
  readonly match: AlertMatch;
  /** Maintenance also sets its minutes aside in error budgets. */
  readonly kind: 'silence' | 'maintenance';
  readonly by: string;
  readonly reason: string;
}

const LONGEST: Readonly<Record<Silence['kind'], number>> = { silence: 30 * DAY, maintenance: 7 * DAY };

/** The first silence that holds for an alert at a moment; its end is excluded. */
export function silenceOf(silences: readonly Silence[], labels: AlertLabels, at: number): Silence | null {
  return silences.find(({ match, from, to }) => at >= from && at < to && matches(match, labels)) ?? null;
}

/** Whether all named labels are equal. */
export function matches(match: AlertMatch, labels: AlertLabels): boolean {
  const have = new Map(Object.entries(labels));
  return Object.entries(match).every(([name, value]) => value === undefined || have.get(name) === value);
}

/** What is wrong with a silence: it must end, say why, and not match everything. */
export function checkSilence(silence: Silence): readonly Finding[] {
  const { match, from, to, kind, reason } = silence;
  const error = (path: string, message: string): Finding => ({ level: 'error', path, message });
  const findings: Finding[] = [];
  if (!(Number.isFinite(from) && Number.isFinite(to) && to > from)) findings.push(error('to', `a ${kind} needs an end after its start`));
  else if (to - from > LONGEST[kind]) findings.push(error('to', `a ${kind} ends after ${LONGEST[kind] / DAY} days at most`));
  if (Object.values(match).every((value) => value === undefined)) findings.push(error('match', `a ${kind} must name what it is for`));
  if (reason.trim() === '') findings.push(error('reason', `a ${kind} needs a reason`));
  return findings;
}
