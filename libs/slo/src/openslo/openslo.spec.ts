import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anObjective } from '../../test/an-objective.js';
import { foreign, policy } from '../../test/foreign-openslo.js';
import { checkObjective, DAY, fromOpenSlo, HOUR, MINUTE, type Objective, toOpenSlo } from '../index.js';

const place = { project: 'default', environment: 'production', owner: 'nobody' };
const imported = (...documents: unknown[]) => fromOpenSlo(documents, place);
const said = (...documents: unknown[]) => imported(...documents).findings.map(({ level, path, message }) => `${level} ${path} ${message}`);

/** What an export looks like after its way through YAML or JSON. */
const travelled = (objective: Objective): unknown => JSON.parse(JSON.stringify(toOpenSlo(objective)));

const text = fc.string({ minLength: 1, maxLength: 20 });
const ticketRule = fc.record({
  severity: fc.constant('ticket' as const),
  longMs: fc.constantFrom(HOUR, 6 * HOUR, DAY),
  shortMs: fc.constantFrom(5 * MINUTE, 30 * MINUTE),
  factor: fc.double({ min: 0.5, max: 9, noNaN: true }),
  forMs: fc.constantFrom(0, 2 * MINUTE, HOUR),
});
const sound = fc
  .record({
    indicator: fc.oneof(
      fc.constant({ kind: 'success' as const }),
      fc.record({ kind: fc.constant('latency' as const), thresholdMs: fc.integer({ min: 1, max: 60_000 }) }),
      fc.record({ kind: fc.constant('business' as const), good: text, total: fc.option(text) }),
      fc.record({
        kind: fc.constant('promql' as const),
        counts: fc.constantFrom('good' as const, 'bad' as const),
        query: text.map((name) => `${name}[$window]`),
        total: text.map((name) => `all ${name}[$window]`),
      }),
    ),
    scope: fc.oneof(
      fc.record({ kind: fc.constant('flag' as const), flag: text }),
      fc.record({ kind: fc.constant('variant' as const), flag: text, variant: text }),
      fc.record({ kind: fc.constant('tag' as const), tag: text }),
      fc.record({ kind: fc.constant('service' as const), service: text }),
    ),
    target: fc.integer({ min: 900, max: 999 }).map((thousandths) => thousandths / 1000),
    period: fc.oneof(
      fc.record({ kind: fc.constant('rolling' as const), days: fc.integer({ min: 4, max: 90 }) }),
      fc.record({
        kind: fc.constant('calendar' as const),
        unit: fc.constantFrom('week' as const, 'month' as const),
        zone: fc.constantFrom('UTC', 'Europe/Berlin'),
      }),
    ),
    alerting: fc.oneof(
      fc
        .constantFrom('default' as const, 'google-30d' as const, 'sloth-28d' as const, 'rollout-guard' as const)
        .map((preset) => ({ preset })),
      fc.record({ preset: fc.constant('custom' as const), rules: fc.array(ticketRule, { minLength: 1, maxLength: 4 }) }),
    ),
    policy: fc.constantFrom([], [{ remainingBelow: 0.1, action: 'freeze_changes' as const, exempt: ['fix' as const] }]),
    displayName: text,
    description: text,
  })
  .map((different) => anObjective(different))
  .filter((objective) => checkObjective(objective).every(({ level }) => level === 'warning'));

it('an export read again is the same objective, without a word of complaint', () => {
  fc.assert(
    fc.property(sound, (objective) => {
      const { objectives, findings } = imported(travelled(objective));
      expect(objectives).toEqual([objective]);
      expect(findings.filter(({ message }) => !message.includes('sees nothing below'))).toEqual([]);
    }),
  );
});

it('each rule is exported as two policies of one condition', () => {
  expect(toOpenSlo(anObjective())).toMatchObject({
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name: 'checkout-success' },
    spec: {
      service: 'default',
      timeWindow: [{ duration: '30d', isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ target: 0.99 }],
      alertPolicies: [
        {
          metadata: { name: 'page-1-long' },
          spec: { conditions: [{ spec: { condition: { threshold: 4, lookbackWindow: '1h', alertAfter: '0m' } } }] },
        },
        { metadata: { name: 'page-1-short' }, spec: { conditions: [{ spec: { condition: { threshold: 4, lookbackWindow: '5m' } } }] } },
        { metadata: { name: 'ticket-2-long' } },
        { metadata: { name: 'ticket-2-short' } },
      ],
    },
  });
});

it('a preset whose policies were edited is no preset any more', () => {
  const edited = JSON.parse(JSON.stringify(toOpenSlo(anObjective())).replace('"threshold":4', '"threshold":5'));
  const [objective] = imported(edited).objectives;
  expect(objective?.alerting).toMatchObject({ preset: 'custom', rules: [{ factor: 5, shortMs: 5 * MINUTE }, { factor: 2 }] });
});

it('a preset that is named without its policies is that preset', () => {
  const { objectives, findings } = imported(
    foreign({ alertPolicies: [] }, { annotations: { 'ballast/preset': 'default', 'ballast/runbook': 'https://runbooks.example' } }),
  );
  expect(objectives[0]?.alerting).toEqual({ preset: 'default' });
  expect(findings.filter(({ path }) => path === 'SLO web-availability')).toEqual([]);
});

it('reads what others wrote, and says what it added', () => {
  const { objectives, findings } = imported(foreign());
  expect(objectives).toMatchObject([
    {
      name: 'web-availability',
      owner: 'nobody',
      target: 0.999,
      period: { kind: 'rolling', days: 28 },
      scope: { kind: 'service', service: 'web' },
      indicator: {
        kind: 'promql',
        counts: 'bad',
        query: 'sum(increase(http_requests_total{code=~"5.."}[$window]))',
        total: 'sum(increase(http_requests_total[$window]))',
      },
      alerting: { preset: 'custom', rules: [{ severity: 'ticket', longMs: HOUR, shortMs: 5 * MINUTE, factor: 2, forMs: 5 * MINUTE }] },
    },
  ]);
  const ratio = 'SLO web-availability.spec.indicator.spec.ratioMetric';
  expect(findings.map(({ level, path, message }) => `${level} ${path} ${message}`)).toEqual([
    `warning ${ratio}.bad.metricSource.spec.query rate() is read as increase(), which counts`,
    `warning ${ratio}.total.metricSource.spec.query rate() is read as increase(), which counts`,
    'warning SLO web-availability.spec.alertPolicies[0] has one window: a short one, a twelfth as long, is added',
  ]);
});

it('follows references to documents beside it', () => {
  const sli = { apiVersion: 'openslo/v1', kind: 'SLI', metadata: { name: 'web-ratio' }, spec: foreign().spec.indicator.spec };
  const condition = { apiVersion: 'openslo/v1', ...policy().spec.conditions[0] };
  const apart = { apiVersion: 'openslo/v1', ...policy({}, { conditions: [{ conditionRef: 'fast-burn' }] }) };
  const slo = foreign({ indicator: undefined, indicatorRef: 'web-ratio', alertPolicies: [{ alertPolicyRef: 'fast-burn' }] });
  expect(imported(slo, sli, apart, condition).objectives).toEqual(imported(foreign()).objectives);
  expect(said(slo)).toContain('error SLO web-availability.spec.indicatorRef there is no SLI web-ratio among the documents');
  expect(said(slo, sli)).toContain(
    'error SLO web-availability.spec.alertPolicies[0].alertPolicyRef there is no AlertPolicy fast-burn among the documents',
  );
});

it('several targets become several objectives', () => {
  const { objectives } = imported(foreign({ objectives: [{ target: 0.9 }, { target: 0.99 }] }));
  expect(objectives.map(({ name, target }) => [name, target])).toEqual([
    ['web-availability-1', 0.9],
    ['web-availability-2', 0.99],
  ]);
});

it('what has no place here is named, not dropped', () => {
  const found = said(
    foreign(
      { alertPolicies: [policy({}, { alertWhenNoData: true, notificationTargets: [{ targetRef: 'pager' }] })], grace: 5 },
      { labels: { team: 'web' } },
    ),
    { apiVersion: 'openslo/v1', kind: 'Service', metadata: { name: 'web' }, spec: {} },
  );
  expect(found).toEqual(
    expect.arrayContaining([
      'warning SLO web-availability.spec.alertPolicies[0].spec.alertWhenNoData is not kept: missing data is an alert of its own',
      'warning SLO web-availability.spec.alertPolicies[0].spec.notificationTargets[0] is not kept',
      'warning SLO web-availability.spec.grace is not kept',
      'warning SLO web-availability.metadata.labels is not kept',
      'warning Service web is not kept',
    ]),
  );
});

it('no JSON whatever makes it throw', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (documents) => {
      expect(imported(...documents).objectives).toEqual([]);
    }),
  );
});
