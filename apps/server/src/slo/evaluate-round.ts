import {
  countsBy,
  type Evaluation,
  evaluateObjective,
  NO_COUNTS,
  type ObjectiveReadings,
  type OutcomeSums,
  type WindowCounts,
} from '@ballast/slo';
import type { ObjectiveRecord } from './objective.types.js';
import type { EnvironmentPlan, PlannedObjective } from './plan.js';
import type { SumBook, SumQuery } from './sum-book.js';

/** What a round found of one objective. */
export interface Evaluated {
  readonly record: ObjectiveRecord;
  /** End of the last minute that was counted. */
  readonly at: number;
  readonly readings: ObjectiveReadings;
  readonly evaluation: Evaluation;
  /** Why there is no data, where that is a failure. */
  readonly problem: string | null;
}

/** Evaluates every objective of an environment from the sums of its segments. */
export function evaluateEnvironment(plan: EnvironmentPlan, book: SumBook): readonly Evaluated[] {
  return plan.objectives.map((objective) => {
    const { record, rules, periodMs, periodFrom, starts } = objective;
    const read = (from: number) => ({
      all: book.sums(queriesFrom(plan, objective, from)),
      excluded: book.sums(excludedFrom(plan, objective, from)),
    });
    const whole = read(periodFrom);
    const count = counterOf(record, whole.all);
    const windows = [...starts].map(([length, from]): [number, WindowCounts] => [length, count(read(from))]);
    const readings = { periodMs, period: count(whole), windows: new Map(windows) };
    const evaluation = evaluateObjective({ target: record.document.target, rules }, readings);
    return { record, at: plan.timeline.until, readings, evaluation, problem: problemOf(record, whole.all) };
  });
}

interface Sums {
  readonly all: OutcomeSums;
  readonly excluded: OutcomeSums;
}

/** Counts sums by the indicator of an objective. Where a threshold was counted at all, a window without slow outcomes has none. */
function counterOf({ document: { indicator } }: ObjectiveRecord, whole: OutcomeSums): (sums: Sums) => WindowCounts {
  const known = (sums: OutcomeSums): OutcomeSums => {
    if (indicator.kind !== 'latency' || whole.slow[indicator.thresholdMs] === undefined) return sums;
    return { ...sums, slow: { [indicator.thresholdMs]: 0, ...sums.slow } };
  };
  const count = (sums: OutcomeSums) => countsBy(indicator, known(sums)) ?? NO_COUNTS;
  return ({ all, excluded }) => ({ all: count(all), excluded: count(excluded) });
}

function problemOf({ document: { indicator } }: ObjectiveRecord, { ok, err, slow }: OutcomeSums): string | null {
  if (indicator.kind !== 'latency' || ok + err === 0 || slow[indicator.thresholdMs] !== undefined) return null;
  return `outcomes arrive, but no SDK counts those slower than ${indicator.thresholdMs} ms: name the threshold in its option slowMs`;
}

function queriesFrom(
  { environmentId, timeline }: EnvironmentPlan,
  { flags, variant }: PlannedObjective,
  from: number,
): readonly SumQuery[] {
  const segments = timeline.since(from);
  return flags.map((flag) => ({ environmentId, flag, variant, segments }));
}

/** The segments of each flag that lie in maintenance of it. */
function excludedFrom(plan: EnvironmentPlan, { flags, variant }: PlannedObjective, from: number): readonly SumQuery[] {
  const { environmentId, timeline, excluded } = plan;
  if (excluded.length === 0) return [];
  const segments = timeline.since(from);
  return flags.map((flag) => {
    const spans = excluded.filter((span) => span.flag === null || span.flag === flag);
    const inside = segments.filter((index) => {
      const segment = timeline.segments[index];
      return segment !== undefined && spans.some((span) => segment.from >= span.from && segment.to <= span.to);
    });
    return { environmentId, flag, variant, segments: inside };
  });
}
