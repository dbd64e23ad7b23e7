import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

const isInstalled = spawnSync('prometheus-alertmanager', ['--version']).status === 0;
const PROJECT = '/api/v1/projects/default';

describe.runIf(isInstalled)('given an Alertmanager that sends to a trigger', () => {
  let server: TestServer;
  let admin: ReturnType<typeof api>;
  let alertmanager: ChildProcess;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    server = await aServer();
    admin = api(server);
    const flag = { key: 'new-checkout', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'checkout' };
    await admin.post(`${PROJECT}/flags`, flag);
    const trigger = { name: 'alertmanager', actions: ['kill', 'incident'], environments: ['development'], flags: ['new-checkout'] };
    const { id, secret } = (await admin.post(`${PROJECT}/triggers`, trigger)).body;
    folder = await mkdtemp(join(tmpdir(), 'ballast-alertmanager-'));
    const receiver = `{ url: '${server.url}/api/v1/triggers/${id}', send_resolved: true, http_config: { authorization: { credentials: '${secret}' } } }`;
    const route = 'route: { receiver: ballast, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }';
    await writeFile(join(folder, 'config.yml'), `${route}\nreceivers: [{ name: ballast, webhook_configs: [${receiver}] }]\n`);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const paths = [`--config.file=${join(folder, 'config.yml')}`, `--storage.path=${join(folder, 'data')}`];
    alertmanager = spawn('prometheus-alertmanager', [...paths, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='], {
      stdio: 'ignore',
    });
    const isReady = () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(isReady, (ready) => ready, 20_000);
  });

  afterAll(async () => {
    const ended = once(alertmanager, 'exit');
    alertmanager.kill();
    await ended;
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const post = async (alert: object) => {
    const { status } = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    expect(status).toBe(200);
  };
  const incidents = async () => (await admin.get(`${PROJECT}/incidents`)).body.items;

  it('its alert kills the flag and opens an incident, which its end closes', async () => {
    const labels = { alertname: 'CheckoutErrors', flag: 'new-checkout', environment: 'development' };
    const alert = { labels, annotations: { summary: 'Checkout fails' }, startsAt: new Date().toISOString() };
    await post(alert);
    const [open] = await until(incidents, ({ length }) => length === 1, 20_000);
    expect(open).toMatchObject({ flag: 'new-checkout', title: 'Checkout fails', openedBy: 'trigger:alertmanager', closedAt: null });
    expect(await server.database.query('select actor from kill')).toEqual([{ actor: 'trigger:alertmanager' }]);
    await post({ ...alert, endsAt: new Date().toISOString() });
    const [closed] = await until(incidents, ([first]) => first.closedAt !== null, 20_000);
    expect(closed).toMatchObject({ id: open.id, closedBy: 'trigger:alertmanager' });
  });

  it('takes what a channel of ours sends, and shows it', async () => {
    await admin.post(`${PROJECT}/channels`, { name: 'am', config: { kind: 'alertmanager', url } });
    await admin.post(`${PROJECT}/channels/am/test`);
    const own = async (): Promise<{ labels: Record<string, string>; annotations: Record<string, string>; status: { state: string } }[]> =>
      (await fetch(`${url}/api/v2/alerts?filter=project%3D%22default%22`)).json();
    const [shown] = await until(own, ({ length }) => length === 1, 20_000);
    expect(shown?.labels).toMatchObject({ alertname: 'test', project: 'default', environment: 'test', severity: 'none' });
    expect(shown?.annotations.summary).toBe('This is a test of default/test: nothing is wrong');
    expect((await admin.get(`${PROJECT}/deliveries?channel=am`)).body.items[0]).toMatchObject({ state: 'delivered', status: 200 });
  });
});
