import { expect, it } from 'vitest';
import { anObjective } from '../../test/an-objective.js';
import { alertNames, presetRules, prometheusRules, prometheusRuleTests } from '../index.js';
import { yamlOf } from './yaml.js';

/** The texts of one key, unquoted. */
const texts = (yaml: string, key: string) =>
  [...yaml.matchAll(new RegExp(`^[- ]*${key}: (".*")$`, 'gm'))].map(([, quoted]): unknown => JSON.parse(quoted ?? '""'));

it('writes YAML that leaves nothing to be guessed', () => {
  const value = {
    list: [{ name: 'a: "b"\n', none: undefined, empty: [] }, 'text'],
    number: 5,
    object: { deep: { flag: 'yes' } },
    nothing: {},
  };
  expect(yamlOf(value)).toBe(
    [
      'list:',
      '  - name: "a: \\"b\\"\\n"',
      '    empty: []',
      '  - "text"',
      'number: 5',
      'object:',
      '  deep:',
      '    flag: "yes"',
      'nothing: {}',
      '',
    ].join('\n'),
  );
});

it('records both counts for every window once, and alerts once per severity', () => {
  const yaml = prometheusRules([anObjective({ alerting: { preset: 'google-30d' } })]);
  const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
  expect(texts(yaml, 'record')).toEqual(
    windows.flatMap((window) => [`ballast_slo:bad:increase${window}`, `ballast_slo:total:increase${window}`]),
  );
  const { burn, absence } = alertNames(anObjective());
  expect(texts(yaml, 'alert')).toEqual([burn, burn, absence]);
  expect(texts(yaml, 'severity')).toEqual(['page', 'ticket', 'ticket']);
  expect(texts(yaml, 'runbook_url')).toEqual(Array.from({ length: 2 }, () => 'https://runbooks.example/checkout'));
});

it('counts what the indicator counts, where the scope says', () => {
  const first = (different: Parameters<typeof anObjective>[0]) =>
    texts(
      prometheusRules([anObjective(different)], () => ['a.b', 'c']),
      'expr',
    )[0];
  const place = 'project="default",environment="production"';
  expect(first({ scope: { kind: 'variant', flag: 'f', variant: 'say "on"' } })).toContain(
    `{${place},flag="f",variant="say \\"on\\"",outcome="failure"}[5m]`,
  );
  expect(first({ scope: { kind: 'tag', tag: 't' } })).toContain(`{${place},flag=~"a\\\\.b|c",outcome="failure"}[5m]`);
  expect(first({ scope: { kind: 'service', service: 's' }, indicator: { kind: 'latency', thresholdMs: 500 } })).toContain(
    `(sum(increase(ballast_flag_timed_total{${place},service="s",threshold_ms="500",outcome="failure"}[5m])) or 0 *`,
  );
  expect(first({ indicator: { kind: 'business', good: 'paid', total: null } })).toMatch(
    /^clamp_min\(sum\(increase\(ballast_flag_exposures_total.*event="paid"/,
  );
  expect(first({ indicator: { kind: 'promql', counts: 'good', query: 'ok[$window]', total: 'all[$window]' } })).toBe(
    'clamp_min((all[5m]) - (ok[5m]), 0)',
  );
});

it('a counter that nobody has incremented yet counts as none, as long as there is a total', () => {
  const [bad, total] = texts(prometheusRules([anObjective()]), 'expr');
  const all = 'sum(increase(ballast_flag_outcomes_total{project="default",environment="production",flag="new-checkout"}[5m]))';
  expect(total).toBe(all);
  expect(bad).toBe(`(${all.replace('"}', '",outcome="failure"}')} or 0 * ${all})`);
});

it('alerts decide as rules do: both windows, and failures that are believable', () => {
  const [rule] = presetRules('rollout-guard', 0);
  const yaml = prometheusRules([anObjective({ alerting: { preset: 'custom', rules: rule === undefined ? [] : [rule] }, target: 0.95 })]);
  const selector = '{project="default",environment="production",slo="checkout-success"}';
  const [bad, all] = ['bad', 'total'].map((what) => `ballast_slo:${what}:increase10m${selector}`);
  expect(texts(yaml, 'expr').at(-2)).toBe(
    [
      `(${bad} / ${all} > 0.2`,
      `and ballast_slo:bad:increase2m${selector} / ballast_slo:total:increase2m${selector} > 0.2`,
      `and (${bad} >= 20 or ${bad} * (1 - 1 / (9 * ${bad}) - 1.64485 / (3 * sqrt(${bad}))) ^ 3 > 0.2 * ${all}))`,
    ].join('\n'),
  );
});

it('what looks like a template to Prometheus stays text', () => {
  const yaml = prometheusRules([anObjective({ owner: '{{ $labels.secret }}' })]);
  expect(texts(yaml, 'owner')).toEqual(Array.from({ length: 3 }, () => '{{"{{"}} $labels.secret }}'));
});

it('tells alerting rules of one severity apart that wait differently long', () => {
  const yaml = prometheusRules([anObjective({ alerting: { preset: 'pyrra' }, period: { kind: 'rolling', days: 28 } })]);
  expect(texts(yaml, 'hold')).toEqual(['2m', '15m', '1h', '3h']);
  expect(texts(yaml, 'for')).toEqual(['2m', '15m', '1h', '3h', '10m']);
});

it('tests health, an outage until all tiers fire, and recovery; not what only PromQL knows', () => {
  const yaml = prometheusRuleTests('rules.yml', [
    anObjective(),
    anObjective({ name: 'asked', indicator: { kind: 'promql', counts: 'bad', query: 'a', total: 'b' } }),
  ]);
  expect(texts(yaml, 'eval_time')).toEqual(['30m', '37m', '72m', '37m']);
  expect(texts(yaml, 'values')).toEqual(['0+100x30 3000+0x6 3100+100x34', '0+0x30 100+100x6 700+0x34']);
});
