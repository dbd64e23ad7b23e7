import { type BurnRule, periodAt, rulesOf, type Span } from '@ballast/slo';
import type { MaintenanceRow } from './maintenance.store.js';
import { type ObjectiveRecord, objectiveOf, tagOf } from './objective.types.js';
import { edgeAfter, edgeBefore, Timeline } from './timeline.js';

/** An objective with the edges that its sums begin at. */
export interface PlannedObjective {
  readonly record: ObjectiveRecord;
  readonly rules: readonly BurnRule[];
  /** Length of the whole period, which may end later than its sums. */
  readonly periodMs: number;
  readonly periodFrom: number;
  /** Where each window begins, by its length. */
  readonly starts: ReadonlyMap<number, number>;
  readonly flags: readonly string[];
  readonly variant: string | null;
}

/** Maintenance of one environment on edges that have rows. */
export interface ExcludedSpan extends Span {
  /** null: of every flag. */
  readonly flag: string | null;
}

/** What one environment's objectives are summed over. */
export interface EnvironmentPlan {
  readonly environmentId: string;
  readonly objectives: readonly PlannedObjective[];
  readonly timeline: Timeline;
  readonly excluded: readonly ExcludedSpan[];
}

/** When it is, and up to where rows are closed. */
export interface RoundTime {
  readonly now: number;
  readonly until: number;
}

/** Finds the flags that carry a tag in a project. */
export type FlagsByTag = (projectId: string, tag: string) => readonly string[];

/** Where sums may begin instead of at a moment: counters that are no longer kept are part of an hour or a day. */
export type EdgeOf = (at: number, now: number) => number;

/** An objective with everything that follows from the time. */
export function planObjective(
  record: ObjectiveRecord,
  { now, until }: RoundTime,
  flagsByTag: FlagsByTag,
  edgeOf: EdgeOf = edgeBefore,
): PlannedObjective {
  const objective = objectiveOf(record);
  const rules = rulesOf(objective);
  const period = periodAt(objective.period, until);
  const lengths = new Set(rules.flatMap(({ longMs, shortMs }) => [longMs, shortMs]));
  return {
    record,
    rules,
    periodMs: period.to - period.from,
    periodFrom: edgeOf(period.from, now),
    starts: new Map([...lengths].map((length) => [length, edgeOf(until - length, now)])),
    flags: flagsOfScope(record, flagsByTag),
    variant: objective.scope.kind === 'variant' ? objective.scope.variant : null,
  };
}

function flagsOfScope({ projectId, document }: ObjectiveRecord, flagsByTag: FlagsByTag): readonly string[] {
  const { scope } = document;
  if (scope.kind === 'flag' || scope.kind === 'variant') return [scope.flag];
  return flagsByTag(projectId, tagOf(document) ?? '');
}

/** Groups objectives by their environments and divides the time for each of those. */
export function planRound(
  objectives: readonly PlannedObjective[],
  maintenance: readonly MaintenanceRow[],
  time: RoundTime,
): readonly EnvironmentPlan[] {
  const groups = new Map<string, PlannedObjective[]>();
  for (const objective of objectives) {
    const { environmentId } = objective.record;
    const group = groups.get(environmentId);
    if (group === undefined) groups.set(environmentId, [objective]);
    else group.push(objective);
  }
  return [...groups].map(([environmentId, group]) => {
    const starts = group.flatMap(({ periodFrom, starts }) => [periodFrom, ...starts.values()]);
    const first = Math.min(...starts);
    const projectId = group[0]?.record.projectId;
    const excluded = excludedSpans(
      maintenance.filter((each) => each.projectId === projectId && (each.environmentId ?? environmentId) === environmentId),
      { from: first, to: time.until },
      time.now,
    );
    const edges = [...starts, ...excluded.flatMap(({ from, to }) => [from, to])];
    return { environmentId, objectives: group, timeline: new Timeline(time.until, edges), excluded };
  });
}

/** Maintenance within a span; where minutes are no longer kept, whole hours of it. */
export function excludedSpans(maintenance: readonly MaintenanceRow[], within: Span, now: number): readonly ExcludedSpan[] {
  return maintenance.flatMap(({ flag, startsAt, endsAt }) => {
    const from = Math.max(within.from, edgeBefore(startsAt.getTime(), now));
    const to = Math.min(within.to, edgeAfter(endsAt.getTime(), now));
    return startsAt < endsAt && from < to ? [{ flag, from, to }] : [];
  });
}
