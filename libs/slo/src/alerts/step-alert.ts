import type { Alert, AlertSettings, AlertSignal } from './alert.js';
import { NO_ALERT } from './alert.js';

/** What people are to be told about an alert. */
export interface AlertNotice {
  readonly kind: 'firing' | 'resolved' | 'escalated';
  readonly at: number;
  /** When the episode began to fire. */
  readonly since: number;
  /** The level that an unacknowledged alert is passed on to; 0 for all other notices. */
  readonly level: number;
}

/** One evaluation, as an alert sees it. */
export interface AlertInput {
  readonly at: number;
  /** One signal per tier of the severity, always in the same order; none at all when the objective is gone. */
  readonly signals: readonly AlertSignal[];
  /** Whether a silence or a maintenance window holds. */
  readonly isSuppressed: boolean;
}

/** How notices of one alert are made: its settings, and how long it waits for an acknowledgement. */
export type AlertRules = Omit<AlertSettings, 'escalateAfterMs'> & { readonly escalateAfterMs: number | null };

/** An alert after an evaluation, and at most one notice. */
export interface AlertStep {
  readonly alert: Alert;
  readonly notice: AlertNotice | null;
}

/**
 * One step of an alert's life: pending while a tier waits for its hold, firing, resolved. Measuring goes on under silences and
 * maintenance; only telling waits, and it makes up what receivers missed by what is true then.
 */
export function stepAlert(alert: Alert, input: AlertInput, rules: AlertRules): AlertStep {
  const measured = measure(alert, input, rules);
  const firing = input.signals.filter(({ fires }) => fires);
  const isReal = firing.some(({ excused }) => !excused);
  if (input.isSuppressed || (firing.length > 0 && !isReal)) return { alert: measured, notice: null };
  // News of an alert that is about to be resolved would be old.
  if (measured.phase === 'firing' && measured.told === 'resolved' && !isReal) return { alert: measured, notice: null };
  return tell(measured, input.at, rules);
}

/** Stops an alert from being passed on; the acknowledgement ends with the episode. An alert that does not fire has nothing to acknowledge. */
export function acknowledge(alert: Alert, by: string, at: number): Alert {
  return alert.phase === 'firing' ? { ...alert, acknowledged: { by, at } } : alert;
}

function measure(alert: Alert, { at, signals }: AlertInput, rules: AlertRules): Alert {
  const tiers = signals.map(({ fires, forMs }, index) => {
    const { pendingSince = null, fired = false } = alert.tiers[index] ?? {};
    const since = fires ? (pendingSince ?? at) : null;
    return { pendingSince: since, fired: fired || (since !== null && at - since >= forMs) };
  });
  const next = { ...alert, tiers, resolvedAt: alert.resolvedAt.filter((then) => at - then < rules.flapWindowMs) };
  if (alert.phase === 'firing') return continueFiring(next, signals, at, rules);
  if (tiers.some(({ fired }) => fired)) return { ...next, phase: 'firing', since: at, clearEvaluations: 0, toldAt: null };
  if (tiers.some(({ pendingSince }) => pendingSince !== null))
    return next.phase === 'pending' ? next : { ...next, phase: 'pending', since: at };
  return next.phase === 'pending' ? { ...next, phase: 'inactive', since: at } : next;
}

/** A firing alert is resolved when every tier that fired in it was over for enough evaluations in a row. */
function continueFiring(alert: Alert, signals: readonly AlertSignal[], at: number, rules: AlertRules): Alert {
  const isOver = alert.tiers.every(({ fired }, index) => !fired || signals[index]?.clear === true);
  const clearEvaluations = isOver ? alert.clearEvaluations + 1 : 0;
  const needed = signals.length === 0 ? 1 : rules.clearEvaluations * 2 ** Math.min(4, alert.resolvedAt.length);
  if (clearEvaluations < needed) return { ...alert, clearEvaluations };
  return { ...NO_ALERT, phase: 'resolved', since: at, told: alert.told, resolvedAt: [...alert.resolvedAt, at] };
}

function tell(alert: Alert, at: number, rules: AlertRules): AlertStep {
  const isFiring = alert.phase === 'firing';
  const notice = (kind: AlertNotice['kind'], level = 0): AlertNotice => ({ kind, at, since: alert.since, level });
  if (!isFiring) {
    return alert.told === 'resolved' ? { alert, notice: null } : { alert: { ...alert, told: 'resolved' }, notice: notice('resolved') };
  }
  if (alert.told === 'resolved') return { alert: { ...alert, told: 'firing', toldAt: at }, notice: notice('firing') };
  // Receivers still believe in an episode that ended under a silence: this one takes its place.
  if (alert.toldAt === null) return { alert: { ...alert, toldAt: at }, notice: null };
  if (!isOverdue(alert, alert.toldAt, at, rules)) return { alert, notice: null };
  const level = alert.escalations + 1;
  return { alert: { ...alert, escalations: level }, notice: notice('escalated', level) };
}

function isOverdue(alert: Alert, toldAt: number, at: number, { escalateAfterMs, mostEscalations }: AlertRules): boolean {
  if (escalateAfterMs === null || alert.acknowledged !== null || alert.escalations >= mostEscalations) return false;
  // It looks over: nobody else is woken for what may end with the next evaluation.
  if (alert.clearEvaluations > 0) return false;
  return at - toldAt >= escalateAfterMs * (alert.escalations + 1);
}
