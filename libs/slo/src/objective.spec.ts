import { expect, it } from 'vitest';
import { anObjective } from '../test/an-objective.js';
import { checkObjective, countsBy, DAY, HOUR, MINUTE, type Objective, rulesOf, windowsOf } from './index.js';

const errors = (different: Partial<Objective>) =>
  checkObjective(anObjective(different))
    .filter(({ level }) => level === 'error')
    .map(({ path, message }) => `${path}: ${message}`);
const withoutRunbook = (different: Partial<Objective> = {}): Objective => {
  const { runbook, ...rest } = anObjective(different);
  return rest;
};

it('a sound objective has no findings', () => {
  expect(checkObjective(anObjective())).toEqual([]);
});

it('an objective that pages needs a runbook, one that only opens tickets does not', () => {
  expect(checkObjective(withoutRunbook())).toMatchObject([{ path: 'runbook', message: 'an objective that pages needs a runbook' }]);
  const ticket = { severity: 'ticket', longMs: HOUR, shortMs: 5 * MINUTE, factor: 2, forMs: 0 } as const;
  expect(checkObjective(withoutRunbook({ alerting: { preset: 'custom', rules: [ticket] } }))).toEqual([]);
});

it.each<[Partial<Objective>, string]>([
  [{ name: 'Check out' }, 'name: the name must be lower-case letters, digits and hyphens, 63 at most'],
  [{ name: 'x'.repeat(64) }, 'name: the name must be lower-case letters, digits and hyphens, 63 at most'],
  [{ owner: ' ' }, 'owner: an objective needs an owner'],
  [{ target: 1 }, 'target: the target must lie between 0 and 1, both excluded'],
  [{ target: 99 }, 'target: the target must lie between 0 and 1, both excluded'],
  [{ target: Number.NaN }, 'target: the target must lie between 0 and 1, both excluded'],
  [{ period: { kind: 'rolling', days: 0 } }, 'period: a rolling period is 1 to 366 whole days'],
  [{ period: { kind: 'calendar', unit: 'month', zone: 'Mars/Olympus' } }, 'period: there is no time zone Mars/Olympus'],
  [{ indicator: { kind: 'latency', thresholdMs: 0 } }, 'indicator: the threshold must be above 0 and below 65536 ms'],
  [{ indicator: { kind: 'business', good: '', total: null } }, 'indicator: a business ratio needs the names of its events'],
  [{ indicator: { kind: 'business', good: 'paid', total: 'paid' } }, 'indicator: a business ratio needs two different events'],
  [
    { indicator: { kind: 'promql', counts: 'bad', query: 'up', total: 'x[$window]' } },
    'indicator: both queries must contain $window, which stands for the range',
  ],
  [
    { indicator: { kind: 'promql', counts: 'bad', query: 'sum(rate(a[$window]))', total: 'b[$window]' } },
    'indicator: both queries must count: increase() instead of rate()',
  ],
  [{ scope: { kind: 'variant', flag: 'a', variant: '' } }, 'scope: the variant of the scope needs a name'],
  [{ runbook: 'see wiki' }, 'runbook: the runbook must be an http or https address'],
  [{ alerting: { preset: 'custom', rules: [] } }, 'alerting: an objective needs at least one rule'],
  [
    {
      alerting: {
        preset: 'custom',
        rules: [{ severity: 'ticket', longMs: HOUR, shortMs: 5 * MINUTE, factor: 2, forMs: HOUR + MINUTE }],
      },
    },
    'rules[0]: the hold must not exceed the long window',
  ],
  [{ policy: [{ remainingBelow: 50, action: 'notify' }] }, 'policy[0]: remainingBelow must be a share of the budget between -10 and 1'],
  [{ target: 0.93, alerting: { preset: 'google-30d' } }, 'rules[0]: page 14.4x on 1h/5m can never fire: it needs more than 100.8 % errors'],
  [{ period: { kind: 'rolling', days: 1 }, alerting: { preset: 'google-30d' } }, 'rules[3]: the long window must not exceed the period'],
])('refuses %j', (different, message) => {
  expect(errors(different)).toContain(message);
});

it('what only deserves a thought is a warning', () => {
  expect(checkObjective(anObjective({ alerting: { preset: 'google-30d' } }))).toEqual([
    { level: 'warning', path: 'rules[0]', message: 'page 14.4x on 1h/5m sees nothing below 14.4 % errors' },
  ]);
});

it('objectives that share windows are evaluated over each once', () => {
  const both = [anObjective(), anObjective({ alerting: { preset: 'google-30d' } })];
  expect(windowsOf(both)).toEqual([5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY]);
  expect(rulesOf(anObjective({ alerting: { preset: 'pyrra' }, period: { kind: 'calendar', unit: 'week', zone: 'UTC' } }))[0]?.longMs).toBe(
    15 * MINUTE,
  );
});

it('counts by an indicator', () => {
  const timed = { 500: { ok: 485, err: 5 } };
  const sums = { exposures: 1000, ok: 970, err: 10, slow: { 500: 30 }, timed, events: { paid: 80, started: 100 } };
  expect(countsBy({ kind: 'success' }, sums)).toEqual({ good: 970, bad: 10 });
  expect(countsBy({ kind: 'latency', thresholdMs: 500 }, sums)).toEqual({ good: 455, bad: 35 });
  expect(countsBy({ kind: 'latency', thresholdMs: 500 }, { ...sums, timed: {} })).toEqual({ good: 0, bad: 0 });
  expect(countsBy({ kind: 'latency', thresholdMs: 500 }, { ...sums, ok: 0, slow: { 500: 0 }, timed: {} })).toEqual({ good: 0, bad: 10 });
  expect(countsBy({ kind: 'latency', thresholdMs: 250 }, sums)).toBeNull();
  expect(countsBy({ kind: 'business', good: 'paid', total: 'started' }, sums)).toEqual({ good: 80, bad: 20 });
  expect(countsBy({ kind: 'business', good: 'paid', total: null }, sums)).toEqual({ good: 80, bad: 920 });
  expect(countsBy({ kind: 'business', good: 'refunded', total: 'paid' }, sums)).toEqual({ good: 0, bad: 80 });
  expect(countsBy({ kind: 'business', good: 'started', total: 'paid' }, sums)).toEqual({ good: 80, bad: 0 });
  expect(countsBy({ kind: 'promql', counts: 'bad', query: 'a[$window]', total: 'b[$window]' }, sums)).toBeNull();
});
