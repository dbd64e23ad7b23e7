import { createClient } from '@ballast/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../apps/server/src/clock.js';
import { aPrometheus, isInstalled, type Monitoring, queried } from '../harness/a-monitoring.js';
import { type Dashboard, dashboards, filledQuery, queriesOf } from '../harness/dashboards.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

const PROJECT = '/api/v1/projects/default';
const IN = 'environments/development';
const VALUES = {
  project: 'default',
  environment: 'development',
  flag: 'new-checkout',
  variant: 'on',
  baseline: 'off',
  __rate_interval: '1m',
  __range: '1h',
};
const found = await dashboards();

/** Whether two panels lie over each other. */
function collide(a: Dashboard['panels'][number], b: Dashboard['panels'][number]): boolean {
  const [p, q] = [a.gridPos, b.gridPos];
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}

it('there is a dashboard for each of those who look', () => {
  expect([...found.values()].map(({ uid }) => uid)).toEqual(['ballast-debug', 'ballast-executive', 'ballast-on-call']);
});

it.each([...found])('%s has panels that do not lie over each other, ids of their own, and links that lead somewhere', (_, board) => {
  const { panels, links } = board;
  expect(
    panels.flatMap((a, index) => panels.slice(index + 1).flatMap((b) => (collide(a, b) ? [`${a.title} over ${b.title}`] : []))),
  ).toEqual([]);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const uids = [...found.values()].map(({ uid }) => uid);
  expect(links.map(({ url }) => url.replace(/^\/d\/([a-z-]+)\?.*$/, '$1')).filter((uid) => !uids.includes(uid))).toEqual([]);
});

it.each([...found])('%s asks for nothing but variables that it has', (_, board) => {
  const known = new Set([...board.templating.list.map(({ name }) => name), '__rate_interval', '__range']);
  const used = queriesOf(board).flatMap(({ expr }) => [...expr.matchAll(/\$\{?([a-z_]+)/g)].map(([, name = '']) => name));
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !(name in VALUES) && name !== 'datasource')).toEqual([]);
});

/** The time that it is; but what the leader does every half minute, it does every other second. */
class Impatient extends Clock {
  now(): number {
    return Date.now();
  }

  override wait(ms: number): number {
    return ms / 15;
  }
}

/** A server that is used: counters of this minute and of the last ten, objectives of which one pages, kills and changes. */
class UsedServer {
  private seq = 0;

  constructor(
    readonly server: TestServer,
    private readonly admin = api(server),
    private readonly sdk = api({ url: server.url, adminToken: server.serverKey }),
  ) {}

  async begin(): Promise<void> {
    const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', tags: ['service:shop'] };
    for (const key of ['new-checkout', 'search']) await this.admin.post(`${PROJECT}/flags`, { ...flag, key });
    const objective = { environment: 'development', owner: 'shop', target: 0.99, runbook: 'https://runbooks.example/shop' };
    const success = { ...objective, indicator: { kind: 'success' } };
    for (const more of [
      { ...success, name: 'shop', scope: { kind: 'service', service: 'shop' } },
      { ...success, name: 'checkout', scope: { kind: 'flag', flag: 'new-checkout' } },
      { ...objective, name: 'fast', indicator: { kind: 'latency', thresholdMs: 300 }, scope: { kind: 'flag', flag: 'search' } },
    ])
      expect((await this.admin.post(`${PROJECT}/objectives`, more)).status).toBe(201);
    const minutes = Array.from({ length: 10 }, (_, index) => index + 1);
    await until(
      () => this.send(minutes.flatMap((minute) => this.rows(minute))),
      ({ rejectedRows }) => rejectedRows === 0,
    );
  }

  /** Something happens: code runs under flags, a flag is changed, killed and restored. */
  async goOn(): Promise<void> {
    await this.send(this.rows(0));
    for (const action of ['kill', 'restore']) await this.admin.post(`${PROJECT}/flags/search/${IN}/${action}`, { reason: 'a test' });
  }

  private rows(minutesAgo: number): readonly object[] {
    const at = Date.now() - minutesAgo * 60_000;
    const row = { flag: 'new-checkout', version: 1, reason: 'STATIC', t0: at - (at % 10_000), exposures: 50 };
    const guards = {
      calls: 60,
      retries: 3,
      openMs: 400,
      watchedMs: 10_000,
      validated: 10,
      invalid: 2,
      slow: [500, 4],
      hist: [96, 30, 20, 10, 30, 10],
    };
    return [
      { ...row, ...guards, variant: 'on', ok: 30, err: 20 },
      { ...row, ...guards, variant: 'off', ok: 50, err: 0 },
      { ...row, flag: 'search', variant: 'on', ok: 50, err: 0 },
    ];
  }

  private async send(rows: readonly object[]): Promise<{ readonly rejectedRows: number }> {
    const now = Date.now();
    const outcome = { flag: 'new-checkout', version: 1, event: 'paid', t0: now - (now % 10_000), count: 5, sum: 50 };
    const outcomes = ['on', 'off'].map((variant) => ({ ...outcome, variant }));
    const process = { ms: 10_000, loop: 300, cpu: 200, memory: 100 };
    this.seq += 1;
    const envelope = { v: 1, instance: 'used', seq: this.seq, sentAt: now, rows, outcomes, unknown: {}, dropped: 0, process };
    return (await this.sdk.post('/sdk/v1/telemetry', envelope)).body;
  }
}

describe.runIf(isInstalled('prometheus'))('given a Prometheus that scrapes a server that is used', () => {
  let server: TestServer;
  let prometheus: Monitoring;
  let client: ReturnType<typeof createClient>;
  let used: UsedServer;

  beforeAll(async () => {
    server = await aServer({ options: { clock: new Impatient() } });
    used = new UsedServer(server);
    await used.begin();
    client = createClient({ url: server.url, key: server.serverKey, cache: false, logger: null });
    await client.ready({ timeoutMs: 20_000 });
    const scrape = `scrape_configs: [{ job_name: ballast-server, static_configs: [{ targets: ['${new URL(server.url).host}'] }] }]`;
    prometheus = await aPrometheus({ 'prometheus.yml': `global: { scrape_interval: 1s }\n${scrape}\n` });
  }, 150_000);

  afterAll(async () => {
    await prometheus.stop();
    await client.close();
    await server.stop();
  });

  /** Queries of a dashboard that give no number yet. */
  const silent = async (board: Dashboard) => {
    await used.goOn();
    const answers = await Promise.all(
      queriesOf(board).map(async ({ of, expr }) => ({ of, series: await queried(prometheus, filledQuery(expr, VALUES)) })),
    );
    return answers.filter(({ series }) => !series.some(({ value }) => Number.isFinite(value))).map(({ of }) => of);
  };

  it.each([...found])(
    'every query of %s gives data',
    async (_, board) => {
      await until(
        () => silent(board),
        (quiet) => quiet.length === 0,
        120_000,
      );
    },
    150_000,
  );

  it('an active alert says where its runbook is', async () => {
    const alerts = () => queried(prometheus, 'ballast_alert_active{objective="checkout"}');
    const active = await until(alerts, (series) => series.length > 0, 60_000);
    expect(active.map(({ metric }) => metric.runbook)).toEqual(active.map(() => 'https://runbooks.example/shop'));
  });

  it.each([...found])('%s is made of what is at /metrics', async (_, board) => {
    const text: string = (await api(server).get('/metrics')).body;
    const shown = new Set([...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name));
    const names = queriesOf(board).flatMap(({ expr }) => expr.match(/\b(?:ballast|nodejs|process)_[a-z0-9_]+/g) ?? []);
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });
});

it('says so when Prometheus is not there', (context) => {
  if (!isInstalled('prometheus')) context.skip('the Debian package prometheus is not installed: queries of dashboards were not tried');
});
