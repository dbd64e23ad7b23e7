import { closedUntil, DAY } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { type Evaluated, evaluateEnvironment } from './evaluate-round.js';
import { type MaintenanceRow, MaintenanceStore } from './maintenance.store.js';
import { type ObjectiveRecord, tagOf } from './objective.types.js';
import { ObjectivesStore } from './objectives.store.js';
import { type EnvironmentPlan, type FlagsByTag, planObjective, planRound, type RoundTime } from './plan.js';
import { SumBook } from './sum-book.js';
import { type Selector, SumsView } from './sums.view.js';

/** Batches may come this late without a minute being counted too early. */
const LATENESS_MS = 30_000;
/** Longest period and then some: older maintenance excuses nothing any more. */
const LONGEST_MS = 400 * DAY;

/** What objectives are evaluated with. */
export interface RoundGround {
  readonly time: RoundTime;
  readonly objectives: readonly ObjectiveRecord[];
  readonly maintenance: readonly MaintenanceRow[];
}

/** Evaluates objectives as a pure function of closed rows. */
@Injectable()
export class Rounds {
  constructor(
    private readonly objectives: ObjectivesStore,
    private readonly maintenance: MaintenanceStore,
    private readonly view: SumsView,
    private readonly clock: Clock,
  ) {}

  /** The objectives of this moment. */
  async ground(): Promise<RoundGround> {
    const now = this.clock.now();
    const objectives = await this.objectives.all();
    const maintenance = objectives.length === 0 ? [] : await this.maintenance.since(new Date(now - LONGEST_MS));
    return { time: { now, until: closedUntil(now, LATENESS_MS) }, objectives, maintenance };
  }

  /** Evaluates every objective whose numbers are counters of this installation. */
  async counted({ time, objectives, maintenance }: RoundGround): Promise<readonly Evaluated[]> {
    const own = objectives.filter(({ document }) => document.indicator.kind !== 'promql');
    if (own.length === 0) return [];
    const flagsByTag = await this.flagsByTag(own);
    const plans = planRound(
      own.map((record) => planObjective(record, time, flagsByTag)),
      maintenance,
      time,
    );
    const rows = await this.view.sums(
      plans.flatMap(({ timeline, environmentId }) => timeline.pieces(environmentId)),
      selectorsOf(plans),
    );
    const book = new SumBook(rows);
    return plans.flatMap((plan) => evaluateEnvironment(plan, book));
  }

  /** Finds the flags of every tag that an objective is about. */
  async flagsByTag(objectives: readonly ObjectiveRecord[]): Promise<FlagsByTag> {
    const tags = [...new Set(objectives.flatMap(({ document }) => tagOf(document) ?? []))];
    if (tags.length === 0) return () => [];
    const flags = await this.view.tagged([...new Set(objectives.map(({ projectId }) => projectId))], tags);
    return (projectId, tag) => flags.filter((flag) => flag.projectId === projectId && flag.tags.includes(tag)).map(({ key }) => key);
  }
}

/** Every flag that some objective is about, once for each environment. */
function selectorsOf(plans: readonly EnvironmentPlan[]): readonly Selector[] {
  const selectors = new Map<string, Selector>();
  for (const { environmentId, objectives } of plans) {
    for (const { flags, record } of objectives) {
      for (const flag of flags) {
        const key = `${environmentId} ${flag}`;
        const { kind } = record.document.indicator;
        const isTimed = kind === 'latency' || selectors.get(key)?.isTimed === true;
        const isTracked = kind === 'business' || selectors.get(key)?.isTracked === true;
        selectors.set(key, { environmentId, flag, isTimed, isTracked });
      }
    }
  }
  return [...selectors.values()];
}
