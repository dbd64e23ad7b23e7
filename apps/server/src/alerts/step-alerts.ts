import {
  ALERT_SETTINGS,
  type Alert,
  type AlertLabels,
  alertKey,
  type Evaluation,
  NO_ALERT,
  type Severity,
  type Silence,
  stepBook,
  type TierReading,
} from '@ballast/slo';
import type { AlertFindings, AlertRecord } from './alert.types.js';
import type { PlacedTelling } from './teller.js';

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
  readonly evaluation: Pick<Evaluation, 'tiers' | 'sli' | 'budgetWithoutExcluded'>;
}

/** What alerts are stepped by. */
export interface StepGround {
  readonly now: number;
  readonly findings: readonly Finding[];
  /** Ids of all objectives that exist. */
  readonly known: ReadonlySet<string>;
  readonly stored: readonly AlertRecord[];
  readonly silences: readonly Silence[];
}

/** Alerts that have to be saved, and what is to be told. */
export interface AlertSteps {
  readonly records: readonly AlertRecord[];
  readonly tellings: readonly PlacedTelling[];
}

/** One alert to be stepped: its record as it will be but for its memory, and what its tiers say. */
interface Turn {
  readonly record: AlertRecord;
  readonly tiers: readonly TierReading[];
}

/** Takes what a round found into the alerts; a minute that an alert has been evaluated for is not counted twice. */
export function stepAlerts(ground: StepGround): AlertSteps {
  const { now, silences } = ground;
  const turns = new Map(turnsOf(ground).map((turn) => [turn.record.key, turn]));
  const book = new Map([...turns].map(([key, { record }]) => [key, record.memory]));
  const readings = [...turns.values()].map(({ record, tiers }) => ({ labels: record.labels, signals: tiers }));
  const step = stepBook(book, readings, { at: now, silences, settings: ALERT_SETTINGS });
  const records = new Map<string, AlertRecord>();
  for (const [key, { record }] of turns) {
    const memory = step.book.get(key) ?? record.memory;
    records.set(key, { ...record, memory });
  }
  const tellings = step.notices.flatMap(({ key, kind, level, at, since }): readonly PlacedTelling[] => {
    const record = records.get(key);
    const before = book.get(key);
    if (record === undefined) return [];
    // Whoever is told that it is over wants to know since when it was not.
    const began = kind === 'resolved' && before?.phase === 'firing' ? before.since : since;
    records.set(key, { ...record, reached: kind === 'resolved' ? -1 : Math.max(record.reached, level) });
    const { labels, reading, projectId, environmentId, reached } = record;
    return [{ kind, level, at, since: began, key, labels, ...reading, projectId, environmentId, reached }];
  });
  return { records: [...records.values()], tellings };
}

function turnsOf({ findings, known, stored, now }: StepGround): readonly Turn[] {
  const byKey = new Map(stored.map((record) => [record.key, record]));
  const turns: Turn[] = findings.flatMap((finding) =>
    (['page', 'ticket'] as const).flatMap((severity) => turnOf(finding, severity, byKey) ?? []),
  );
  const gone = stored.filter(
    ({ objectiveId, memory }) => !known.has(objectiveId) && (memory.phase === 'firing' || memory.phase === 'pending'),
  );
  // First, so that an objective that was made anew goes on with the alert of the former one.
  return [...gone.map((record) => ({ record: { ...record, evaluatedAt: new Date(now) }, tiers: [] })), ...turns];
}

/** Null when there is nothing to step: no alert, and no rule that fires. */
function turnOf(finding: Finding, severity: Severity, stored: ReadonlyMap<string, AlertRecord>): Turn | null {
  const labels: AlertLabels = { ...finding.labels, severity };
  const key = alertKey(labels);
  const before = stored.get(key);
  const tiers = finding.evaluation.tiers.filter(({ rule }) => rule.severity === severity);
  if (before === undefined && !tiers.some(({ fires }) => fires)) return null;
  const isSame = before?.objectiveId === finding.objectiveId && before.version === finding.version;
  if (isSame && before.evaluatedAt.getTime() >= finding.at) return null;
  const { objectiveId, projectId, environmentId, version, at } = finding;
  const memory = before === undefined ? NO_ALERT : isSame ? before.memory : fitted(before.memory, tiers.length);
  const reached = before?.reached ?? -1;
  const record = {
    key,
    projectId,
    environmentId,
    objectiveId,
    labels,
    memory,
    reading: findingsOf(finding, tiers),
    evaluatedAt: new Date(at),
    version,
    reached,
  };
  return { record, tiers };
}

/** Its rules are others now: what fires goes on until all of them say that it is over. */
function fitted(memory: Alert, rules: number): Alert {
  const fired = memory.phase === 'firing';
  return { ...memory, tiers: Array.from({ length: rules }, () => ({ pendingSince: null, fired })) };
}

function findingsOf({ target, runbook, evaluation }: Finding, tiers: readonly TierReading[]): AlertFindings {
  return {
    burns: tiers.map(({ rule, longBurn, shortBurn, fires }) => ({
      longMs: rule.longMs,
      shortMs: rule.shortMs,
      factor: rule.factor,
      longBurn,
      shortBurn,
      fires,
    })),
    facts: { target, runbook, sli: evaluation.sli, remaining: evaluation.budgetWithoutExcluded.remaining },
  };
}
