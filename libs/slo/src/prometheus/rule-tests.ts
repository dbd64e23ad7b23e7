import { budgetRatio } from '../burn.js';
import { DAY, MINUTE } from '../durations.js';
import type { BurnRule } from '../fires.js';
import { type Indicator, type Objective, rulesOf } from '../objective.js';
import { History } from '../simulation/history.js';
import { COUNTERS, type FlagsOfTag, matcher } from './counters.js';
import { alertingTiers, alertNames, raisedAlert } from './rules.js';
import { type Yaml, yamlOf } from './yaml.js';

/** Requests a minute in the tests: enough for every failure to be believed. */
const RATE = 100;
/** Healthy minutes before the outage. */
const HEALTHY = 30;
/** Minutes by which tests keep away from edges, where ranges of Prometheus differ by a sample between its versions. */
const MARGIN = 5;
/** Longest outage that is tried; a tier that needs more is not expected to fire. */
const LONGEST = (3 * DAY) / MINUTE;

/**
 * Unit tests for `promtool test rules`: each objective is healthy, then fails completely until all its tiers fire by our own
 * arithmetic, then recovers. Objectives on PromQL are left out, since nobody but their authors knows what feeds them.
 */
export function prometheusRuleTests(ruleFile: string, objectives: readonly Objective[], flagsOfTag: FlagsOfTag = () => []): string {
  const tests = objectives.flatMap((objective) => {
    const series = inputSeries(objective, flagsOfTag);
    return series === null ? [] : [testOf(objective, series)];
  });
  return yamlOf({ rule_files: [ruleFile], evaluation_interval: '1m', tests });
}

/** A counter in one phase: increments per healthy and per failing minute. */
interface Series {
  readonly series: string;
  readonly healthy: number;
  readonly failing: number;
}

function testOf(objective: Objective, series: readonly Series[]): Yaml {
  const outage = outageMinutes(objective);
  const recovery = Math.max(...rulesOf(objective).map(({ shortMs }) => shortMs)) / MINUTE + MARGIN;
  const raised = alertingTiers(objective).filter(({ rules }) => rules.some((rule) => firesAfter(objective, [rule]) !== null));
  const expected = raised.map((tiers) => {
    const { labels, annotations } = raisedAlert(objective, tiers);
    return { exp_labels: labels, exp_annotations: annotations };
  });
  const names = alertNames(objective);
  const at = (minutes: number, alerts: readonly Yaml[]) => ({ eval_time: `${minutes}m`, alertname: names.burn, exp_alerts: alerts });
  return {
    name: `${objective.project}/${objective.environment}/${objective.name}`,
    interval: '1m',
    input_series: series.map(({ series, healthy, failing }) => ({
      series,
      values: `0+${healthy}x${HEALTHY} ${values(healthy * HEALTHY + failing, failing, outage)} ${values(healthy * HEALTHY + failing * outage + healthy, healthy, recovery)}`,
    })),
    alert_rule_test: [
      at(HEALTHY, []),
      at(HEALTHY + outage, expected),
      at(HEALTHY + outage + recovery, []),
      { eval_time: `${HEALTHY + outage}m`, alertname: names.absence, exp_alerts: [] },
    ],
  };
}

/** So many samples from a first one on, in promtool's shorthand, which writes one more than it counts. */
function values(first: number, step: number, count: number): string {
  return `${first}+${step}x${count - 1}`;
}

/** Minutes of outage until every tier that can fire does, and has waited for its hold. */
function outageMinutes(objective: Objective): number {
  const delays = rulesOf(objective).map((rule) => (firesAfter(objective, [rule]) ?? 0) + rule.forMs / MINUTE);
  return Math.max(...delays) + MARGIN;
}

function firesAfter({ target }: Objective, rules: readonly BurnRule[]): number | null {
  const history = new History(HEALTHY + LONGEST);
  for (let minute = 0; minute < HEALTHY; minute++) history.add(RATE, 0);
  for (let minute = 1; minute <= LONGEST; minute++) {
    history.add(0, RATE);
    if (history.anyFires(rules, budgetRatio(target))) return minute;
  }
  return null;
}

function inputSeries({ project, environment, indicator, scope }: Objective, flagsOfTag: FlagsOfTag): readonly Series[] | null {
  const { kind, ...named } = scope;
  const labels = 'tag' in named ? { flag: flagsOfTag(named.tag)[0] ?? '' } : named;
  const place = Object.entries({ project, environment, ...labels }).map(([label, value]) => matcher(label, value));
  return (
    phases(indicator)?.map(({ name, label, healthy, failing }) => ({
      series: `${name}{${[...place, ...label].join(',')}}`,
      healthy,
      failing,
    })) ?? null
  );
}

interface Phase {
  readonly name: string;
  readonly label: readonly string[];
  readonly healthy: number;
  readonly failing: number;
}

function phases(indicator: Indicator): readonly Phase[] | null {
  const phase = (name: string, healthy: number, failing: number, label: readonly string[] = []): Phase => ({
    name,
    label,
    healthy,
    failing,
  });
  const success = [matcher('outcome', 'success')];
  switch (indicator.kind) {
    case 'success':
      return [phase(COUNTERS.outcomes, RATE, 0, success), phase(COUNTERS.outcomes, 0, RATE, [matcher('outcome', 'failure')])];
    case 'latency': {
      const threshold = matcher('threshold_ms', String(indicator.thresholdMs));
      return [phase(COUNTERS.timed, RATE, RATE, [...success, threshold]), phase(COUNTERS.slow, 0, RATE, [threshold])];
    }
    case 'business': {
      const good = phase(COUNTERS.events, RATE, 0, [matcher('event', indicator.good)]);
      const all =
        indicator.total === null
          ? phase(COUNTERS.exposures, RATE, RATE)
          : phase(COUNTERS.events, RATE, RATE, [matcher('event', indicator.total)]);
      return [good, all];
    }
    case 'promql':
      return null;
    default:
      return indicator satisfies never;
  }
}
