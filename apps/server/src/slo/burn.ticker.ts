import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Leader, type Term } from '../database/index.js';
import { type ObjectiveMeasure, objectivesEvaluated, objectivesLeft } from '../objective-gauges.js';
import type { Evaluated } from './evaluate-round.js';
import type { MaintenanceRow } from './maintenance.store.js';
import { QueriedRounds } from './queried-rounds.js';
import { storedReadings } from './readings.js';
import { type RoundGround, Rounds } from './rounds.service.js';
import { type StateSave, StatesStore } from './states.store.js';

const PERIOD_MS = 30_000;

/** What a round found, for rooms to the right; one round is about counters, another about Prometheus. */
export interface Round {
  /** When it began. */
  readonly now: number;
  readonly evaluated: readonly Evaluated[];
  /** Ids of all objectives that exist. */
  readonly known: ReadonlySet<string>;
  readonly maintenance: readonly MaintenanceRow[];
}

/** Hears of every round of the leader, after it was saved. */
export type RoundListener = (round: Round, term: Term) => Promise<void>;

/** Evaluates all objectives every 30 seconds, on the server that leads. */
@Injectable()
export class BurnTicker implements OnModuleInit {
  private readonly logger = new Logger(BurnTicker.name);
  private readonly listeners: RoundListener[] = [];
  private shownFor: Term | null = null;

  constructor(
    private readonly rounds: Rounds,
    private readonly queried: QueriedRounds,
    private readonly states: StatesStore,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, async (term) => void (await this.round(term)));
    // Apart from the others: a Prometheus that hangs holds up nobody's objectives but its own.
    if (this.queried.isConfigured()) this.leader.every(PERIOD_MS, async (term) => void (await this.round(term, 'queried')));
  }

  /** From now on this hears of every round. */
  listen(listener: RoundListener): void {
    this.listeners.push(listener);
  }

  /** Evaluates the objectives of one kind, saves what was found, and tells. */
  async round(term: Term, kind: 'counted' | 'queried' = 'counted'): Promise<Round> {
    const began = performance.now();
    const ground = await this.rounds.ground();
    const evaluated = await this.evaluate(ground, kind, term.signal);
    await this.states.save(term, evaluated.map(saveOf));
    const round = {
      now: ground.time.now,
      evaluated,
      known: new Set(ground.objectives.map(({ id }) => id)),
      maintenance: ground.maintenance,
    };
    this.showWhile(term);
    objectivesEvaluated(kind, evaluated.map(measureOf), (performance.now() - began) / 1_000);
    for (const listener of this.listeners) {
      await listener(round, term).catch((error: unknown) => this.logger.warn(`could not follow a round: ${String(error)}`));
    }
    return round;
  }

  /** Metrics of objectives are those of the server that leads. */
  private showWhile(term: Term): void {
    if (this.shownFor === term) return;
    this.shownFor = term;
    term.signal.addEventListener('abort', objectivesLeft, { once: true });
  }

  private async evaluate(ground: RoundGround, kind: 'counted' | 'queried', signal: AbortSignal): Promise<readonly Evaluated[]> {
    if (kind === 'queried') return this.queried.evaluate(ground, signal);
    const own = await this.rounds.counted(ground);
    return this.queried.isConfigured() ? own : [...own, ...(await this.queried.evaluate(ground, signal))];
  }
}

function saveOf({ record, at, readings, evaluation, problem }: Evaluated): StateSave {
  const { state, sli, burn, budgetWithoutExcluded } = evaluation;
  const { id, version } = record;
  const { remaining } = budgetWithoutExcluded;
  return { objectiveId: id, version, at, state, sli, burn, remaining, readings: storedReadings(readings), problem };
}

function measureOf({ record, evaluation }: Evaluated): ObjectiveMeasure {
  const { project, environment, name, document } = record;
  const { burn, budgetWithoutExcluded, state, sli } = evaluation;
  const { kind, ...scope } = document.scope;
  return {
    place: { project, environment, objective: name },
    facets: { owner: document.owner, flag: '', variant: '', service: '', tag: '', ...scope, indicator: document.indicator.kind },
    state,
    burn,
    remaining: budgetWithoutExcluded.remaining,
    sli,
    target: document.target,
  };
}
