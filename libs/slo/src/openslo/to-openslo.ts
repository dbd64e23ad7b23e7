import { durationText } from '../durations.js';
import type { BurnRule } from '../fires.js';
import { type Indicator, type Objective, rulesOf } from '../objective.js';
import type { Period } from '../period.js';
import { ANNOTATION, API_VERSION, CALENDAR_START, OWN_SOURCE, OWN_TARGET, PROMETHEUS_SOURCE } from './words.js';

/** A plain JSON object, ready to be written as YAML. */
export type OpenSloDocument = Readonly<Record<string, unknown>>;

/**
 * An objective as an OpenSLO v1 document. OpenSLO's alert conditions have one window: each rule becomes two policies, whose
 * annotations say which belong together.
 */
export function toOpenSlo(objective: Objective): OpenSloDocument {
  const { name, displayName, description, owner, runbook, scope, policy, target, period, alerting, indicator, project } = objective;
  const annotations = {
    [ANNOTATION.owner]: owner,
    ...(runbook === undefined ? {} : { [ANNOTATION.runbook]: runbook }),
    [ANNOTATION.scope]: JSON.stringify(scope),
    [ANNOTATION.policy]: JSON.stringify(policy),
    [ANNOTATION.preset]: alerting.preset,
  };
  return {
    apiVersion: API_VERSION,
    kind: 'SLO',
    metadata: { name, ...(displayName === undefined ? {} : { displayName }), annotations },
    spec: {
      ...(description === undefined ? {} : { description }),
      service: scope.kind === 'service' ? scope.service : project,
      indicator: { metadata: { name }, spec: { ratioMetric: { counter: true, ...ratioMetric(indicator) } } },
      timeWindow: [timeWindow(period)],
      budgetingMethod: 'Occurrences',
      objectives: [{ target }],
      alertPolicies: rulesOf(objective).flatMap((rule, index) => [alertPolicy(rule, index, 'long'), alertPolicy(rule, index, 'short')]),
    },
  };
}

function ratioMetric(indicator: Indicator): OpenSloDocument {
  const own = (spec: OpenSloDocument) => ({ metricSource: { type: OWN_SOURCE, spec } });
  const prometheus = (query: string) => ({ metricSource: { type: PROMETHEUS_SOURCE, spec: { query } } });
  switch (indicator.kind) {
    case 'success':
      return { good: own({ count: 'successes' }), total: own({ count: 'outcomes' }) };
    case 'latency':
      return { good: own({ count: 'fast', thresholdMs: indicator.thresholdMs }), total: own({ count: 'outcomes' }) };
    case 'business':
      return {
        good: own({ count: 'events', event: indicator.good }),
        total: indicator.total === null ? own({ count: 'exposures' }) : own({ count: 'events', event: indicator.total }),
      };
    case 'promql':
      return { [indicator.counts]: prometheus(indicator.query), total: prometheus(indicator.total) };
    default:
      return indicator satisfies never;
  }
}

function timeWindow(period: Period): OpenSloDocument {
  if (period.kind === 'rolling') return { duration: `${period.days}d`, isRolling: true };
  const duration = period.unit === 'month' ? '1M' : '1w';
  return { duration, isRolling: false, calendar: { startTime: CALENDAR_START, timeZone: period.zone } };
}

function alertPolicy(rule: BurnRule, index: number, window: 'long' | 'short'): OpenSloDocument {
  const { severity, factor, longMs, shortMs, forMs } = rule;
  const name = `${severity}-${index + 1}-${window}`;
  const condition = {
    kind: 'burnrate',
    op: 'gt',
    threshold: factor,
    lookbackWindow: durationText(window === 'long' ? longMs : shortMs),
    alertAfter: durationText(forMs),
  };
  return {
    kind: 'AlertPolicy',
    metadata: { name, annotations: { [ANNOTATION.rule]: String(index + 1), [ANNOTATION.window]: window } },
    spec: {
      alertWhenBreaching: true,
      alertWhenResolved: true,
      alertWhenNoData: false,
      conditions: [{ kind: 'AlertCondition', metadata: { name }, spec: { severity, condition } }],
      notificationTargets: [{ targetRef: OWN_TARGET }],
    },
  };
}
