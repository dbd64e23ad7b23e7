import { budgetRatio } from './burn.js';
import { checkRules, type Finding } from './check-rules.js';
import { type Indicator, type Objective, rulesOf, type Scope } from './objective.js';
import { isZone, nominalMs, type Period } from './period.js';
import { checkPolicy } from './policy.js';

/** Longest rolling period: hours are kept a little longer. */
const MOST_DAYS = 366;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PER_SECOND = /\bi?rate\s*\(/;
const WEB_ADDRESS = /^https?:\/\/\S+$/;

/** What is wrong with an objective and what deserves a thought; it may be stored when no finding is an error. */
export function checkObjective(objective: Objective): readonly Finding[] {
  const { target, period, runbook } = objective;
  const error = (path: string, message: string | false): Finding[] => (message === false ? [] : [{ level: 'error', path, message }]);
  const targetProblem = !(target > 0 && target < 1) && 'the target must lie between 0 and 1, both excluded';
  const pages = rulesOf(objective).some(({ severity }) => severity === 'page');
  return [
    ...error('name', !DNS_LABEL.test(objective.name) && 'the name must be lower-case letters, digits and hyphens, 63 at most'),
    ...error('owner', objective.owner.trim() === '' && 'an objective needs an owner'),
    ...error('target', targetProblem),
    ...error('period', periodProblem(period)),
    ...error('indicator', indicatorProblem(objective.indicator)),
    ...error('scope', scopeProblem(objective.scope)),
    ...error(
      'runbook',
      runbook === undefined
        ? pages && 'an objective that pages needs a runbook'
        : !WEB_ADDRESS.test(runbook) && 'the runbook must be an http or https address',
    ),
    ...error('alerting', rulesOf(objective).length === 0 && 'an objective needs at least one rule'),
    ...checkPolicy(objective.policy),
    ...(targetProblem === false ? ruleFindings(objective) : []),
  ];
}

function ruleFindings(objective: Objective): readonly Finding[] {
  const rules = rulesOf(objective);
  const periodMs = nominalMs(objective.period);
  const tooLong = rules.flatMap(({ longMs }, index): Finding[] =>
    longMs > periodMs ? [{ level: 'error', path: `rules[${index}]`, message: 'the long window must not exceed the period' }] : [],
  );
  return [...checkRules(rules, budgetRatio(objective.target)), ...tooLong];
}

function periodProblem(period: Period): string | false {
  if (period.kind === 'calendar') return !isZone(period.zone) && `there is no time zone ${period.zone}`;
  const isWhole = Number.isInteger(period.days) && period.days >= 1 && period.days <= MOST_DAYS;
  return !isWhole && `a rolling period is 1 to ${MOST_DAYS} whole days`;
}

function indicatorProblem(indicator: Indicator): string | false {
  switch (indicator.kind) {
    case 'success':
      return false;
    case 'latency':
      return !(indicator.thresholdMs > 0 && indicator.thresholdMs < 65_536) && 'the threshold must be above 0 and below 65536 ms';
    case 'business':
      if (indicator.good === '' || indicator.total === '') return 'a business ratio needs the names of its events';
      return indicator.good === indicator.total && 'a business ratio needs two different events';
    case 'promql': {
      const queries = [indicator.query, indicator.total];
      if (!queries.every((query) => query.includes('$window'))) return 'both queries must contain $window, which stands for the range';
      // What little traffic proves depends on how much it is, not on how fast it comes.
      return queries.some((query) => PER_SECOND.test(query)) && 'both queries must count: increase() instead of rate()';
    }
    default:
      return indicator satisfies never;
  }
}

function scopeProblem(scope: Scope): string | false {
  const { kind, ...names } = scope;
  return Object.values(names).some((name) => name === '') && `the ${kind} of the scope needs a name`;
}
