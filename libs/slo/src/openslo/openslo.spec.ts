import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anObjective } from '../../test/an-objective.js';
import { checkObjective, DAY, fromOpenSlo, HOUR, MINUTE, type Objective, toOpenSlo } from '../index.js';

const place = { project: 'default', environment: 'production', owner: 'nobody' };
const imported = (...documents: unknown[]) => fromOpenSlo(documents, place);
const said = (...documents: unknown[]) => imported(...documents).findings.map(({ level, path, message }) => `${level} ${path} ${message}`);

/** What an export looks like after its way through YAML or JSON. */
const travelled = (objective: Objective): unknown => JSON.parse(JSON.stringify(toOpenSlo(objective)));

/** A document as others write it. */
const foreign = (spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'openslo/v1',
  kind: 'SLO',
  metadata: { name: 'web-availability', ...metadata },
  spec: {
    service: 'web',
    indicator: {
      metadata: { name: 'web-ratio' },
      spec: {
        ratioMetric: {
          counter: true,
          bad: { metricSource: { type: 'Prometheus', spec: { query: 'sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))' } } },
          total: { metricSource: { type: 'Prometheus', spec: { query: 'sum(rate(http_requests_total[{{ .window }}]))' } } },
        },
      },
    },
    timeWindow: [{ duration: '4w', isRolling: true }],
    budgetingMethod: 'Occurrences',
    objectives: [{ targetPercent: 99.9 }],
    alertPolicies: [policy()],
    ...spec,
  },
});
const policy = (condition: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => ({
  kind: 'AlertPolicy',
  metadata: { name: 'fast-burn' },
  spec: {
    alertWhenBreaching: true,
    conditions: [
      {
        kind: 'AlertCondition',
        metadata: { name: 'fast-burn' },
        spec: {
          severity: 'ticket',
          condition: { kind: 'burnrate', op: 'gte', threshold: 2, lookbackWindow: '1h', alertAfter: '5m', ...condition },
        },
      },
    ],
    notificationTargets: [],
    ...spec,
  },
});

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

it.each<[string, unknown, string]>([
  ['another version', { ...foreign(), apiVersion: 'openslo/v1alpha' }, 'apiVersion must be openslo/v1'],
  ['another kind', { ...foreign(), kind: 'Budget' }, 'kind must be one of DataSource, SLO'],
  ['a name that is no DNS label', foreign({}, { name: 'Web Availability' }), 'metadata.name must be lower-case'],
  ['no spec', { ...foreign(), spec: undefined }, 'spec is missing'],
  ['a long description', foreign({ description: 'x'.repeat(1051) }), 'description must not exceed 1050 characters'],
  ['two indicators', foreign({ indicatorRef: 'x' }), 'indicator needs exactly one of indicator and indicatorRef'],
  ['slices of time', foreign({ budgetingMethod: 'Timeslices' }), 'budgetingMethod must be Occurrences'],
  [
    'two windows',
    foreign({
      timeWindow: [
        { duration: '1d', isRolling: true },
        { duration: '2d', isRolling: true },
      ],
    }),
    'timeWindow must be exactly one',
  ],
  ['a window of hours', foreign({ timeWindow: [{ duration: '36h', isRolling: true }] }), 'duration must be whole days or weeks'],
  ['a window that is neither', foreign({ timeWindow: [{ duration: '1d' }] }), 'is either rolling or has a calendar'],
  [
    'a quarter',
    foreign({ timeWindow: [{ duration: '1Q', calendar: { startTime: '2024-01-01 00:00:00' } }] }),
    'must be a month from its first day',
  ],
  [
    'a month from noon',
    foreign({ timeWindow: [{ duration: '1M', calendar: { startTime: '2024-01-01 12:00:00' } }] }),
    'must be a midnight',
  ],
  [
    'a month from its second',
    foreign({ timeWindow: [{ duration: '1M', calendar: { startTime: '2024-01-02 00:00:00' } }] }),
    'must be a month from its first day',
  ],
  ['no target', foreign({ objectives: [{}] }), 'needs exactly one of target and targetPercent'],
  ['two targets in one', foreign({ objectives: [{ target: 0.9, targetPercent: 90 }] }), 'needs exactly one of target and targetPercent'],
  ['an operator', foreign({ objectives: [{ target: 0.9, op: 'lt' }] }), 'op only goes with a thresholdMetric'],
  ['a target of 100 %', foreign({ objectives: [{ target: 1 }] }), 'target the target must lie between 0 and 1'],
  ['no objectives', foreign({ objectives: [] }), 'objectives must be at least one'],
  ['a threshold metric', foreign({ indicator: { spec: { thresholdMetric: {} } } }), 'thresholdMetric is not supported'],
  ['a raw ratio', foreign({ indicator: { spec: { ratioMetric: { raw: {} } } } }), 'raw is not supported'],
  ['half a ratio', foreign({ indicator: { spec: { ratioMetric: { good: {} } } } }), 'needs total and exactly one of good and bad'],
  [
    'another source',
    foreign({ indicator: { spec: { ratioMetric: { good: { metricSource: { type: 'Datadog', spec: {} } }, total: {} } } } }),
    'type must be Prometheus or Ballast',
  ],
  ['two conditions', foreign({ alertPolicies: [policy({}, { conditions: [{}, {}] })] }), 'conditions must be exactly one'],
  ['a burn rate below', foreign({ alertPolicies: [policy({ op: 'lt' })] }), 'op must be gt or gte'],
  ['another condition', foreign({ alertPolicies: [policy({ kind: 'forecast' })] }), 'kind must be burnrate'],
  ['a window of months', foreign({ alertPolicies: [policy({ lookbackWindow: '1M' })] }), 'needs a threshold, a lookbackWindow'],
  ['a rule that can never fire', foreign({ objectives: [{ target: 0.9 }], alertPolicies: [policy({ threshold: 10 })] }), 'can never fire'],
  ['a page without a runbook', foreign({ alertPolicies: [] }), 'an objective that pages needs a runbook'],
  ['a text for a list', foreign({ objectives: 'many' }), 'objectives must be a list'],
  ['no object', 'SLO', 'must be an object'],
  ['an annotation that is no scope', foreign({}, { annotations: { 'ballast/scope': '{"kind":"flag"}' } }), 'ballast/scope is no scope'],
  ['an annotation that is no JSON', foreign({}, { annotations: { 'ballast/policy': '[' } }), 'ballast/policy is no JSON'],
  [
    'an annotation that is no policy',
    foreign({}, { annotations: { 'ballast/policy': '[{"remainingBelow":1,"action":"explode"}]' } }),
    'ballast/policy is no error budget policy',
  ],
])('refuses %s', (_, document, message) => {
  expect(imported(document).objectives).toEqual([]);
  expect(said(document).filter((line) => line.startsWith('error'))).toContainEqual(expect.stringContaining(message));
});

it('no JSON whatever makes it throw', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (documents) => {
      expect(imported(...documents).objectives).toEqual([]);
    }),
  );
});
