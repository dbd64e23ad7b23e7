import { Gauge, Histogram } from 'prom-client';
import { metrics } from './events.js';

const registers = [metrics];
const perObjective = ['project', 'environment', 'objective'];

function perObjectiveGauge(name: string, help: string, more: readonly string[] = []): Gauge {
  return new Gauge({ name, help, labelNames: [...perObjective, ...more], registers });
}

const gauges = {
  burn: perObjectiveGauge('ballast_objective_burn_rate', 'Burn rate of the shortest long window, on the server that leads'),
  remaining: perObjectiveGauge(
    'ballast_objective_budget_remaining_ratio',
    'Share of the error budget that is left, maintenance set aside; nothing while there is no data',
  ),
  sli: perObjectiveGauge(
    'ballast_objective_indicator_ratio',
    'Share of outcomes of the period that are good; nothing while there is no data',
  ),
  target: perObjectiveGauge('ballast_objective_target_ratio', 'Share of outcomes that must be good'),
};
const information = perObjectiveGauge('ballast_objective_info', 'What an objective is about, who owns it, and how it stands; always 1', [
  'owner',
  'flag',
  'variant',
  'service',
  'tag',
  'indicator',
  'state',
]);
const states = new Gauge({ name: 'ballast_objectives', help: 'Objectives by how they stand', labelNames: ['state'], registers });
const rounds = new Histogram({
  name: 'ballast_objective_round_seconds',
  help: 'Time to evaluate all objectives of a kind',
  labelNames: ['kind'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers,
});

/** What an objective is about, in labels; '' stands for none. */
export type ObjectiveFacets = Readonly<Record<'owner' | 'flag' | 'variant' | 'service' | 'tag' | 'indicator', string>>;

/** How an objective stands, as metrics show it. */
export interface ObjectiveMeasure extends Readonly<Record<keyof typeof gauges, number | null>> {
  readonly place: Readonly<Record<'project' | 'environment' | 'objective', string>>;
  readonly facets: ObjectiveFacets;
  readonly state: string;
}

const measures = new Map<string, readonly ObjectiveMeasure[]>();

/** Objectives of a kind were evaluated; whatever is not among them any more is shown no more. */
export function objectivesEvaluated(kind: string, found: readonly ObjectiveMeasure[], seconds: number): void {
  rounds.observe({ kind }, seconds);
  measures.set(kind, found);
  show();
}

/** This server does not evaluate objectives any more: another one shows them. */
export function objectivesLeft(): void {
  measures.clear();
  show();
}

function show(): void {
  for (const gauge of [...Object.values(gauges), information, states]) gauge.reset();
  for (const { place, facets, state, ...values } of [...measures.values()].flat()) {
    for (const name of ['burn', 'remaining', 'sli', 'target'] as const) {
      const value = values[name];
      if (value !== null) gauges[name].set(place, value);
    }
    information.set({ ...place, ...facets, state }, 1);
    states.inc({ state });
  }
}
