import type { ObjectiveStatus, ObjectiveView } from '@ballast/api';
import { type BudgetPolicy, checkObjective, evaluateObjective, rulesOf } from '@ballast/slo';
import { type ObjectiveRecord, objectiveOf } from './objective.types.js';
import { readingsOf } from './readings.js';
import type { StateRow } from './states.store.js';

/** An objective as it is answered. */
export function objectiveView(record: ObjectiveRecord, row: StateRow | undefined): ObjectiveView {
  const { name, environment, document, version, createdAt, updatedAt } = record;
  return {
    name,
    environment,
    ...document,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    warnings: checkObjective(objectiveOf(record)).map((finding) => ({ ...finding })),
    status: row === undefined ? null : statusView(record, row),
  };
}

/** How an objective stands; null when what is stored was found of an older version of it. */
export function statusView(record: ObjectiveRecord, row: StateRow): ObjectiveStatus | null {
  if (row.version !== record.version) return null;
  const { target, policy } = record.document;
  const rules = rulesOf(objectiveOf(record));
  const { windows, tiers, firing, ...evaluation } = evaluateObjective({ target, rules }, readingsOf(row.readings));
  return {
    ...evaluation,
    at: row.at.toISOString(),
    since: row.since.toISOString(),
    windows: windows.map((window) => ({ ...window, counts: { ...window.counts } })),
    tiers: tiers.map((tier) => ({ ...tier, rule: { ...tier.rule } })),
    firing: [...firing],
    policy: [...appliedActions(policy, row.remaining)],
    problem: row.problem,
  };
}

/** The actions of a policy that apply with so much of the budget left. */
export function appliedActions(policy: BudgetPolicy, remaining: number | null): readonly string[] {
  return policy.filter((step) => remaining !== null && remaining < step.remainingBelow).map(({ action }) => action);
}

/** What the audit keeps of an objective. */
export function objectiveDocument({ environment, document }: ObjectiveRecord) {
  return { environment, ...document };
}
