import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Clock } from '../../apps/server/src/clock.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

/** The time that it is; but what the leader does every minute, it does many times a second. */
class Impatient extends Clock {
  now(): number {
    return Date.now();
  }

  override wait(ms: number): number {
    return ms / 200;
  }
}

let server: TestServer;

beforeAll(async () => {
  server = await aServer({ options: { clock: new Impatient() } });
  const flag = { key: 'any', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await api(server).post('/api/v1/projects/default/flags', flag);
});

afterAll(() => server.stop());

const PLAIN = 'text/plain; version=0.0.4';
const OPEN = 'application/openmetrics-text; version=1.0.0';
const scraped = async (accept: string): Promise<string> => (await api(server).get('/metrics', { headers: { accept } })).body;
const namesIn = (text: string) =>
  new Set([...text.matchAll(/^([a-zA-Z_:][a-zA-Z0-9_:]*)[{ ]/gm)].map(([, name = '']) => name).filter((name) => name !== ''));

it('shows the same series in both formats, however often and in whatever order it is asked', async () => {
  const before = namesIn(await scraped(PLAIN));
  expect(before).toContain('ballast_changes_total');
  for (const accept of [OPEN, OPEN, PLAIN, OPEN, PLAIN]) expect(namesIn(await scraped(accept))).toEqual(before);
});

it('promtool finds nothing wrong with the names, types and helps of what is ours', async (context) => {
  const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: await scraped(PLAIN), encoding: 'utf8' });
  if (error !== undefined) context.skip('promtool of the Debian package prometheus is not installed');
  expect((stdout + stderr).split('\n').filter((line) => line.includes('ballast_'))).toEqual([]);
});

it('the server that leads shows how objectives, alerts, incidents and kills stand', async () => {
  const admin = api(server);
  const project = '/api/v1/projects/default';
  const objective = {
    name: 'works',
    environment: 'development',
    owner: 'team',
    indicator: { kind: 'success' },
    scope: { kind: 'variant', flag: 'any', variant: 'on' },
    target: 0.95,
    runbook: 'https://runbooks.example/works',
  };
  expect((await admin.post(`${project}/objectives`, objective)).status).toBe(201);
  await admin.post(`${project}/flags/any/environments/development/kill`, { reason: 'it does not' });
  const place = 'project="default",environment="development"';
  const lines = await until(
    async () => (await scraped(PLAIN)).split('\n'),
    (shown) => shown.includes(`ballast_killed_flags{${place}} 1`) && shown.some((line) => line.startsWith('ballast_objective_info')),
  );
  expect(lines).toContain(
    `ballast_objective_info{${place},objective="works",owner="team",flag="any",variant="on",service="",tag="",indicator="success",state="no_data"} 1`,
  );
  expect(lines).toContain(`ballast_objective_target_ratio{${place},objective="works"} 0.95`);
  expect(lines).toContain(`ballast_objective_burn_rate{${place},objective="works"} 0`);
  expect(lines.filter((line) => /^ballast_objective_(indicator|budget_remaining)_ratio{/.test(line))).toEqual([]);
  for (const severity of ['page', 'ticket']) expect(lines).toContain(`ballast_alerts{${place},severity="${severity}",phase="firing"} 0`);
  expect(lines).toContain(`ballast_incidents_open{${place}} 0`);
  expect(lines).toContain(`ballast_incidents_recent{${place}} 0`);
  expect(lines).toContain('ballast_alert_messages_waiting 0');
  await admin.post(`${project}/flags/any/environments/development/restore`, { reason: 'it does' });
  await until(
    () => scraped(PLAIN),
    (text) => text.includes(`ballast_killed_flags{${place}} 0`),
  );
});

it('docs/monitoring.md names everything that is shown, and nothing else', async () => {
  const shown = [...(await scraped(PLAIN)).matchAll(/^# TYPE (ballast_\w+) /gm)].map(([, name]) => name);
  const text = await readFile(join(import.meta.dirname, '../../docs/monitoring.md'), 'utf8');
  const named = new Set(text.match(/\bballast_[a-z_0-9]+/g));
  expect([...named].sort()).toEqual([...shown].sort());
});
