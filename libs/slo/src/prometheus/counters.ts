import type { Indicator, Objective, Scope } from '../objective.js';

/** Names of the counters at `/metrics` that rules are made of; each carries project, environment, flag, variant and service. */
export const COUNTERS = {
  /** Outcomes, by `outcome`: `success` or `failure`. */
  outcomes: 'ballast_flag_outcomes_total',
  /** Successes that took longer than `threshold_ms`. */
  slow: 'ballast_flag_slow_total',
  /** Outcomes of those who measured `threshold_ms`, by `outcome`. */
  timed: 'ballast_flag_timed_total',
  exposures: 'ballast_flag_exposures_total',
  /** Tracked events, by `event`. */
  events: 'ballast_flag_events_total',
} as const;

/** Finds the flags that carry a tag: a counter has no label for each. */
export type FlagsOfTag = (tag: string) => readonly string[];

/** PromQL for the bad and for all outcomes in a range such as `5m`. */
export interface CountQueries {
  readonly bad: (range: string) => string;
  readonly total: (range: string) => string;
}

/** The queries that count an objective's outcomes. */
export function countQueries(objective: Objective, flagsOfTag: FlagsOfTag): CountQueries {
  const scope = scopeMatchers(objective, flagsOfTag);
  const counted = (name: string, matchers: readonly string[]) => (range: string) =>
    `sum(increase(${name}{${[...scope, ...matchers].join(',')}}[${range}]))`;
  return queriesOf(objective.indicator, counted);
}

function queriesOf(indicator: Indicator, counted: (name: string, matchers: readonly string[]) => (range: string) => string): CountQueries {
  const outcomes = counted(COUNTERS.outcomes, []);
  const failures = counted(COUNTERS.outcomes, [matcher('outcome', 'failure')]);
  switch (indicator.kind) {
    case 'success':
      return { bad: (range) => orNone(failures(range), outcomes(range)), total: outcomes };
    case 'latency': {
      const threshold = matcher('threshold_ms', String(indicator.thresholdMs));
      const timed = counted(COUNTERS.timed, [threshold]);
      const failed = counted(COUNTERS.timed, [threshold, matcher('outcome', 'failure')]);
      const slow = counted(COUNTERS.slow, [threshold]);
      return { bad: (range) => `${orNone(failed(range), timed(range))} + ${orNone(slow(range), timed(range))}`, total: timed };
    }
    case 'business': {
      const good = counted(COUNTERS.events, [matcher('event', indicator.good)]);
      const total =
        indicator.total === null ? counted(COUNTERS.exposures, []) : counted(COUNTERS.events, [matcher('event', indicator.total)]);
      return { bad: (range) => rest(total(range), orNone(good(range), total(range))), total };
    }
    case 'promql': {
      const asked = (query: string) => (range: string) => `(${query.replaceAll('$window', range)})`;
      const [query, total] = [asked(indicator.query), asked(indicator.total)];
      return { bad: indicator.counts === 'bad' ? query : (range) => rest(total(range), query(range)), total };
    }
    default:
      return indicator satisfies never;
  }
}

/** One label that must be equal. */
export function matcher(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}

/** A counter that nobody has incremented yet has no series: then there are none, as long as there is a total. */
function orNone(query: string, total: string): string {
  return `(${query} or 0 * ${total})`;
}

function rest(total: string, good: string): string {
  return `clamp_min(${total} - ${good}, 0)`;
}

function scopeMatchers({ project, environment, scope }: Objective, flagsOfTag: FlagsOfTag): readonly string[] {
  return [matcher('project', project), matcher('environment', environment), ...ownMatchers(scope, flagsOfTag)];
}

function ownMatchers(scope: Scope, flagsOfTag: FlagsOfTag): readonly string[] {
  switch (scope.kind) {
    case 'flag':
      return [matcher('flag', scope.flag)];
    case 'variant':
      return [matcher('flag', scope.flag), matcher('variant', scope.variant)];
    case 'tag': {
      const flags = flagsOfTag(scope.tag).map((flag) => flag.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
      return [`flag=~${JSON.stringify(flags.join('|'))}`];
    }
    case 'service':
      return [matcher('service', scope.service)];
    default:
      return scope satisfies never;
  }
}
