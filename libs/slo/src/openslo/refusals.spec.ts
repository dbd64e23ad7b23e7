import { expect, it } from 'vitest';
import { foreign, policy } from '../../test/foreign-openslo.js';
import { fromOpenSlo } from '../index.js';

const place = { project: 'default', environment: 'production', owner: 'nobody' };
const imported = (...documents: unknown[]) => fromOpenSlo(documents, place);
const said = (...documents: unknown[]) => imported(...documents).findings.map(({ level, path, message }) => `${level} ${path} ${message}`);

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

it('an objective that comes twice is taken once, and the other one is named', () => {
  const twice = [foreign({}, { name: 'web' }), foreign({ objectives: [{ target: 0.9 }] }, { name: 'web' })];
  expect(imported(...twice).objectives.map(({ name, target }) => [name, target])).toEqual([['web', 0.999]]);
  expect(said(...twice)).toContain('error SLO web: name there is another objective web in the file');
  const suffixed = [foreign({ objectives: [{ target: 0.9 }, { target: 0.99 }] }, { name: 'web' }), foreign({}, { name: 'web-2' })];
  expect(imported(...suffixed).objectives.map(({ name }) => name)).toEqual(['web-1', 'web-2']);
});
