import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE } from '@ballast/slo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../apps/server/src/clock.js';
import { anAlertmanager, aPrometheus, isInstalled, type Monitoring, queried } from '../harness/a-monitoring.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

const PROJECT = '/api/v1/projects/default';
/** Rules are evaluated every half minute; a machine that is busy with other things takes longer. */
const PATIENCE_MS = 120_000;
const STORY_MS = 300_000;
const areInstalled = isInstalled('prometheus') && isInstalled('prometheus-alertmanager');

/** The time that it is; but what the leader does every half minute, it does every other second. */
class Impatient extends Clock {
  now(): number {
    return Date.now();
  }

  override wait(ms: number): number {
    return ms / 15;
  }
}

interface Shown {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', tags: ['service:shop'] };
const rule = { severity: 'page', longMs: 3 * MINUTE, shortMs: MINUTE, factor: 4 };
const failing = {
  name: 'checkout',
  environment: 'development',
  owner: 'shop',
  target: 0.99,
  runbook: 'https://runbooks.example/checkout',
  indicator: { kind: 'success' },
  scope: { kind: 'flag', flag: 'new-checkout' },
  alerting: { preset: 'custom', rules: [rule] },
};
const healthy = { ...failing, name: 'search', scope: { kind: 'variant', flag: 'search', variant: 'on' } };

describe.runIf(areInstalled)('given objectives of which one burns, a Prometheus that has their rules, and an Alertmanager', () => {
  let server: TestServer;
  let admin: ReturnType<typeof api>;
  let rules: string;
  let alertmanager: Monitoring;
  let prometheus: Monitoring;
  let seq = 0;

  beforeAll(async () => {
    server = await aServer({ options: { clock: new Impatient() } });
    admin = api(server);
    for (const key of ['new-checkout', 'search']) await admin.post(`${PROJECT}/flags`, { ...flag, key });
    for (const objective of [failing, healthy]) expect((await admin.post(`${PROJECT}/objectives`, objective)).status).toBe(201);
    rules = await ruleFile('rules');
    alertmanager = await anAlertmanager();
    prometheus = await aPrometheus({
      'rules.yml': rules,
      'prometheus.yml': [
        'global: { scrape_interval: 1s, evaluation_interval: 1s }',
        'rule_files: [rules.yml]',
        `scrape_configs: [{ job_name: ballast-server, static_configs: [{ targets: ['${new URL(server.url).host}'] }] }]`,
        `alerting: { alertmanagers: [{ static_configs: [{ targets: ['${new URL(alertmanager.url).host}'] }] }] }`,
        '',
      ].join('\n'),
    });
  }, STORY_MS);

  afterAll(async () => {
    for (const running of [prometheus, alertmanager, server]) await running.stop();
  });

  const ruleFile = async (form: 'rules' | 'tests'): Promise<string> =>
    (await admin.get(`${PROJECT}/objectives/prometheus-rules?form=${form}`)).body;

  /** Counts outcomes of both flags in a minute that is so many minutes ago. */
  const count = async (minutesAgo = 0) => {
    const at = Date.now() - minutesAgo * MINUTE;
    const row = { version: 1, variant: 'on', reason: 'STATIC', t0: at - (at % 10_000), exposures: 100 };
    const rows = [
      { ...row, flag: 'new-checkout', ok: 60, err: 40 },
      { ...row, flag: 'search', ok: 100, err: 0 },
    ];
    seq += 1;
    const envelope = { v: 1, instance: 'shop', seq, sentAt: Date.now(), rows, unknown: {}, dropped: 0 };
    const { body } = await api({ url: server.url, adminToken: server.serverKey }).post('/sdk/v1/telemetry', envelope);
    expect(body.rejectedRows).toBe(0);
  };

  const active = async (filter: string): Promise<readonly Shown[]> =>
    (await fetch(`${alertmanager.url}/api/v2/alerts?active=true&filter=${encodeURIComponent(filter)}`)).json();

  it('promtool accepts the rules that the server gives, and their tests pass', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ballast-rules-'));
    try {
      await writeFile(join(folder, 'rules.yml'), rules);
      await writeFile(join(folder, 'test.yml'), await ruleFile('tests'));
      for (const args of [
        ['check', 'rules', 'rules.yml'],
        ['test', 'rules', 'test.yml'],
      ]) {
        const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
        expect({ args, status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it(
    'Prometheus evaluates them over what it scrapes: the one that burns fires, into Alertmanager',
    async () => {
      const fired = await until(
        async () => {
          await count();
          return active('alertname=~"BallastErrorBudgetBurn.*"');
        },
        ({ length }) => length > 0,
        PATIENCE_MS,
      );
      expect(fired).toHaveLength(1);
      expect(fired[0]).toMatchObject({
        labels: { alertname: 'BallastErrorBudgetBurn:default/development/checkout', severity: 'page', owner: 'shop', flag: 'new-checkout' },
        annotations: { runbook_url: 'https://runbooks.example/checkout' },
        status: { state: 'active' },
      });
      const ratio = 'ballast_slo:bad:increase1m{slo="checkout"} / ballast_slo:total:increase1m{slo="checkout"}';
      const [burning] = await queried(prometheus, ratio);
      expect(burning?.value).toBeCloseTo(0.4, 6);
    },
    STORY_MS,
  );

  it(
    'our own alert appears there and stays until it is over',
    async () => {
      await admin.post(`${PROJECT}/channels`, {
        name: 'am',
        match: { severity: 'page' },
        config: { kind: 'alertmanager', url: alertmanager.url },
      });
      for (const minutesAgo of [2, 3, 4, 5]) await count(minutesAgo);
      const own = () => active('alertname="checkout"');
      const [shown] = await until(own, ({ length }) => length > 0, PATIENCE_MS);
      expect(shown).toMatchObject({
        labels: { project: 'default', environment: 'development', severity: 'page', flag: 'new-checkout', owner: 'shop' },
        annotations: { runbook_url: 'https://runbooks.example/checkout', summary: expect.stringContaining('burns its error budget') },
        status: { state: 'active' },
      });
      // What is not heard of again is over after five minutes unless it says itself how long it lasts.
      expect(Date.parse(shown?.endsAt ?? '') - Date.now()).toBeGreaterThan(10 * MINUTE);
      const rounds = () => queried(prometheus, 'sum(ballast_objective_round_seconds_count{kind="counted"})');
      const [before] = await until(rounds, ({ length }) => length === 1, PATIENCE_MS);
      await until(rounds, ([now]) => (now?.value ?? 0) > (before?.value ?? 0) + 2, PATIENCE_MS);
      expect(await own()).toMatchObject([{ startsAt: shown?.startsAt }]);

      const { headers } = await admin.get(`${PROJECT}/objectives/checkout`);
      await admin.delete(`${PROJECT}/objectives/checkout`, { headers: { 'if-match': headers.get('etag') ?? '' } });
      await until(own, ({ length }) => length === 0, PATIENCE_MS);
      expect((await admin.get(`${PROJECT}/deliveries?channel=am`)).body.items.map(({ state }: { state: string }) => state)).toEqual([
        'delivered',
        'delivered',
      ]);
    },
    STORY_MS,
  );
});

it('says so when Prometheus or Alertmanager is not there', (context) => {
  if (!areInstalled) context.skip('the Debian packages prometheus and prometheus-alertmanager are not both installed');
});
