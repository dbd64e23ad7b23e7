import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY, DEFAULT_POLICY, type Objective, PRESETS, prometheusRules, prometheusRuleTests } from '@ballast/slo';
import { expect, it, type TestContext } from 'vitest';

const objective = (different: Partial<Objective> = {}): Objective => ({
  project: 'default',
  environment: 'production',
  name: 'checkout-success',
  displayName: 'Checkout {{ succeeds }}',
  owner: 'payments "core"',
  indicator: { kind: 'success' },
  scope: { kind: 'flag', flag: 'new "checkout"\\' },
  target: 0.99,
  period: { kind: 'rolling', days: 30 },
  alerting: { preset: 'default' },
  runbook: 'https://runbooks.example/checkout',
  policy: DEFAULT_POLICY,
  ...different,
});
const ofEachKind = [
  objective(),
  objective({ name: 'fast', indicator: { kind: 'latency', thresholdMs: 500 }, target: 0.95 }),
  objective({
    name: 'one-variant',
    scope: { kind: 'variant', flag: 'search', variant: 'on' },
    alerting: { preset: 'google-30d' },
    target: 0.999,
  }),
  objective({ name: 'tagged', scope: { kind: 'tag', tag: 'core' }, period: { kind: 'calendar', unit: 'month', zone: 'Europe/Berlin' } }),
  objective({
    name: 'paid',
    indicator: { kind: 'business', good: 'paid', total: 'started' },
    scope: { kind: 'service', service: 'web' },
    target: 0.9,
  }),
  objective({ name: 'seen', indicator: { kind: 'business', good: 'clicked', total: null }, alerting: { preset: 'rollout-guard' } }),
];
const asked = objective({
  name: 'asked',
  indicator: {
    kind: 'promql',
    counts: 'good',
    query: 'sum(increase(http_ok_total[$window]))',
    total: 'sum(increase(http_total[$window]))',
  },
});
const flagsOfTag = () => ['a.b', 'c|d'];

/** Runs promtool beside these files; null when it is not installed. */
async function promtool(context: TestContext, files: Readonly<Record<string, string>>, args: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    if (error !== undefined) context.skip('promtool of the Debian package prometheus is not installed');
    return { status, said: stdout + stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('promtool accepts the rules of every kind of objective and every preset', async (context) => {
  const presets = PRESETS.map((preset) => objective({ name: `by-${preset}`, alerting: { preset }, period: { kind: 'rolling', days: 28 } }));
  const custom = objective({
    name: 'custom',
    alerting: { preset: 'custom', rules: [{ severity: 'ticket', longMs: 7 * DAY, shortMs: DAY, factor: 1.5, forMs: DAY }] },
  });
  const rules = prometheusRules([...ofEachKind, ...presets, custom, asked], flagsOfTag);
  const { status, said } = await promtool(context, { 'rules.yml': rules }, ['check', 'rules', 'rules.yml']);
  expect(said).toContain('SUCCESS');
  expect(status).toBe(0);
});

it('the generated unit tests pass: silence in health, every severity in an outage, silence after it', async (context) => {
  const files = {
    'rules.yml': prometheusRules(ofEachKind, flagsOfTag),
    'test.yml': prometheusRuleTests('rules.yml', ofEachKind, flagsOfTag),
  };
  const { status, said } = await promtool(context, files, ['test', 'rules', 'test.yml']);
  expect(said).toContain('SUCCESS');
  expect(status).toBe(0);
});

it('the generated unit tests fail for rules that would sleep through the outage, and for rules that cry wolf', async (context) => {
  const tests = prometheusRuleTests('rules.yml', [objective()]);
  const rules = prometheusRules([objective()]);
  for (const wrong of [rules.replaceAll('> 0.04', '> 0.9'), rules.replaceAll('> 0.0', '>= bool 0.0').replaceAll('>= 20', '>= 0')]) {
    expect(wrong).not.toBe(rules);
    const { status, said } = await promtool(context, { 'rules.yml': wrong, 'test.yml': tests }, ['test', 'rules', 'test.yml']);
    expect(said).toContain('FAILED');
    expect(status).toBe(1);
  }
});
