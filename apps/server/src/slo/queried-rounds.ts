import {
  type Counts,
  durationText,
  type Evaluation,
  evaluateObjective,
  NO_COUNTS,
  type Span,
  total,
  type WindowCounts,
} from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { Evaluated } from './evaluate-round.js';
import type { MaintenanceRow } from './maintenance.store.js';
import { flagOf, type ObjectiveDocument, type ObjectiveRecord } from './objective.types.js';
import { type PlannedObjective, planObjective, type RoundTime } from './plan.js';
import { Prometheus, QueryProblem } from './prometheus.js';
import type { RoundGround } from './rounds.service.js';

/** A round ends before the next one is due, whatever Prometheus does. */
const ROUND_MS = 25_000;
const AT_ONCE = 8;
/** Stretches of maintenance that one objective asks about. */
const MOST_EXCLUDED = 20;

type Queries = Extract<ObjectiveDocument['indicator'], { kind: 'promql' }>;
type Count = (span: Span) => Promise<Counts>;

/** Evaluates the objectives whose numbers are in Prometheus; one that fails has no data and says why. */
@Injectable()
export class QueriedRounds {
  constructor(private readonly prometheus: Prometheus) {}

  isConfigured(): boolean {
    return this.prometheus.isConfigured();
  }

  /** Evaluates them all, several at once, and gives up in time. */
  async evaluate({ objectives, maintenance, time }: RoundGround, stopping: AbortSignal): Promise<readonly Evaluated[]> {
    const waiting = objectives.flatMap((record) => {
      const { indicator } = record.document;
      return indicator.kind === 'promql'
        ? [
            {
              planned: planObjective(
                record,
                time,
                () => [],
                (at) => at,
              ),
              queries: indicator,
            },
          ]
        : [];
    });
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(ROUND_MS)]);
    const done: Evaluated[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const count = this.counter(next.queries, signal);
        done.push(await evaluated(next.planned, excludedSpans(next.planned, maintenance, time), { time, count }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return done;
  }

  /** Counts by two queries over a span; the same span is asked about once. */
  private counter({ counts, query, total: all }: Queries, signal: AbortSignal): Count {
    const known = new Map<string, Promise<Counts>>();
    const ask = async ({ from, to }: Span): Promise<Counts> => {
      if (!this.isConfigured()) throw new QueryProblem('PROMETHEUS_URL is not set');
      const range = durationText(to - from);
      const over = (text: string) => this.prometheus.number(text.replaceAll('$window', range), to, signal);
      const [some, every] = await Promise.all([over(query), over(all)]);
      return countsOf(counts, some, every);
    };
    return (span) => {
      const key = `${span.from} ${span.to}`;
      const found = known.get(key) ?? ask(span);
      known.set(key, found);
      return found;
    };
  }
}

/** Good and bad of one of them and all; without a total nothing happened. */
export function countsOf(counts: 'good' | 'bad', some: number | null, every: number | null): Counts {
  if (every === null || every <= 0) return NO_COUNTS;
  const part = Math.min(Math.max(0, some ?? 0), every);
  return counts === 'good' ? { good: part, bad: every - part } : { good: every - part, bad: part };
}

interface QueriedContext {
  readonly time: RoundTime;
  readonly count: Count;
}

async function evaluated(planned: PlannedObjective, excluded: readonly Span[], { time, count }: QueriedContext): Promise<Evaluated> {
  const { record, rules, periodMs, periodFrom, starts } = planned;
  const target = record.document.target;
  const judge = (period: WindowCounts, windows: ReadonlyMap<number, WindowCounts>, problem: string | null): Evaluated => {
    const readings = { periodMs, period, windows };
    const evaluation = evaluateObjective({ target, rules }, readings);
    return { record, at: time.until, readings, evaluation: problem === null ? evaluation : unclear(evaluation), problem };
  };
  try {
    if (excluded.length > MOST_EXCLUDED)
      throw new QueryProblem(`there are more than ${MOST_EXCLUDED} stretches of maintenance in the period`);
    const over = (from: number) => windowCounts({ from, to: time.until }, excluded, count);
    const windows = await Promise.all([...starts].map(async ([length, from]) => [length, await over(from)] as const));
    return judge(await over(periodFrom), new Map(windows), null);
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    const none = { all: NO_COUNTS, excluded: NO_COUNTS };
    return judge(none, new Map([...starts.keys()].map((length) => [length, none])), error.message);
  }
}

/** Nothing was learned: what fires is not over because nobody answered. */
function unclear(evaluation: Evaluation): Evaluation {
  return { ...evaluation, tiers: evaluation.tiers.map((tier) => ({ ...tier, clear: false })) };
}

async function windowCounts(span: Span, excluded: readonly Span[], count: Count): Promise<WindowCounts> {
  const inside = excluded.flatMap(({ from, to }) => (to > span.from ? [{ from: Math.max(from, span.from), to }] : []));
  const parts = await Promise.all(inside.map(count));
  const sum = parts.reduce((a, b) => ({ good: a.good + b.good, bad: a.bad + b.bad }), NO_COUNTS);
  const all = await count(span);
  // Prometheus extrapolates: parts may come to a little more than the whole.
  return { all, excluded: total(sum) > total(all) ? all : sum };
}

/** The maintenance of an objective within its period, where it overlaps joined together. */
function excludedSpans(
  { record, periodFrom }: PlannedObjective,
  maintenance: readonly MaintenanceRow[],
  { until }: RoundTime,
): readonly Span[] {
  const spans = maintenance
    .filter((each) => concerns(each, record))
    .map(({ startsAt, endsAt }) => ({ from: Math.max(periodFrom, startsAt.getTime()), to: Math.min(until, endsAt.getTime()) }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to) joined.push(span);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return joined;
}

/** Whether maintenance is about the flag of an objective, or about everything in its environment. */
export function concerns({ projectId, environmentId, flag }: MaintenanceRow, record: ObjectiveRecord): boolean {
  if (projectId !== record.projectId || (environmentId ?? record.environmentId) !== record.environmentId) return false;
  return flag === null || flag === flagOf(record.document);
}
