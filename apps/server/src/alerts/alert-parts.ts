import {
  type AlertLabels,
  type AlertSignal,
  type BudgetPolicy,
  budgetSignal,
  type Evaluation,
  type PolicyStep,
  type Severity,
  telemetrySignal,
} from '@ballast/slo';
import type { TelemetryReading } from '../slo/index.js';
import type { AlertFindings } from './alert.types.js';
import { percent } from './text.js';

/** What an evaluation found of an objective, as far as alerts go. */
export interface Finding {
  readonly objectiveId: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly version: number;
  /** End of the last minute that was counted. */
  readonly at: number;
  readonly labels: Omit<AlertLabels, 'severity'>;
  readonly target: number;
  readonly runbook: string | null;
  readonly policy: BudgetPolicy;
  readonly evaluation: Pick<Evaluation, 'tiers' | 'sli' | 'budgetWithoutExcluded'>;
  readonly telemetry: TelemetryReading;
  /** Why nothing was learned of it, where that is a failure. */
  readonly problem: string | null;
}

/** One alert that a finding has something to say about. */
export interface AlertPart {
  readonly labels: AlertLabels;
  readonly signals: readonly AlertSignal[];
  readonly reading: AlertFindings;
}

/** Everything that a finding says: how its budget burns, whether its telemetry is there, and what its policy makes of what is left. */
export function partsOf(finding: Finding): readonly AlertPart[] {
  const burns = (['page', 'ticket'] as const).map((severity) => burnPart(finding, severity));
  return [...burns, telemetryPart(finding), ...finding.policy.map((step) => budgetPart(finding, step))];
}

function burnPart(finding: Finding, severity: Severity): AlertPart {
  const signals = finding.evaluation.tiers.filter(({ rule }) => rule.severity === severity);
  const burns = signals.map(({ rule: { longMs, shortMs, factor }, longBurn, shortBurn, fires }) => ({
    longMs,
    shortMs,
    factor,
    longBurn,
    shortBurn,
    fires,
  }));
  return { labels: { ...finding.labels, kind: 'burn', severity }, signals, reading: { burns, facts: factsOf(finding), because: null } };
}

function telemetryPart(finding: Finding): AlertPart {
  const { verdict, because, isExcused } = finding.telemetry;
  return {
    labels: { ...finding.labels, kind: 'telemetry', severity: 'ticket' },
    signals: [telemetrySignal(verdict, isExcused)],
    reading: { burns: [], facts: factsOf(finding), because },
  };
}

/** What a step of a policy means to those who hear of it. */
const MEANINGS: Readonly<Record<PolicyStep['action'], string>> = {
  notify: 'handle with care',
  require_approval_for_ramp: 'giving it to more contexts needs approval',
  freeze_rollouts: 'it may not be given to more contexts',
  freeze_changes: 'it may not be changed, but turned off',
};

function budgetPart(finding: Finding, step: PolicyStep): AlertPart {
  const { remaining } = finding.evaluation.budgetWithoutExcluded;
  const signal = budgetSignal(step, remaining);
  const left = remaining === null ? 'an unknown share' : percent(remaining);
  return {
    labels: { ...finding.labels, kind: 'budget', severity: 'ticket', step: step.action },
    // A budget that cannot be read has not come back.
    signals: [finding.problem === null ? signal : { ...signal, clear: false }],
    reading: {
      burns: [],
      facts: factsOf(finding),
      because: `${left} of its error budget left, less than ${percent(step.remainingBelow)}: ${MEANINGS[step.action]}`,
    },
  };
}

function factsOf({ target, runbook, evaluation }: Finding): AlertFindings['facts'] {
  return { target, runbook, sli: evaluation.sli, remaining: evaluation.budgetWithoutExcluded.remaining };
}
