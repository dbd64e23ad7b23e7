import { createClient } from '@ballast/sdk';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAG = '/api/v1/projects/default/flags/cart';
const HEALTH = `${FLAG}/environments/development/health`;

let server: TestServer;
const clients: ReturnType<typeof createClient>[] = [];

beforeAll(async () => {
  server = await aServer();
  const flag = { key: 'cart', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  expect((await api(server).post('/api/v1/projects/default/flags', flag)).status).toBe(201);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(() => server.stop());

const health = async (query = '') => (await api(server).get(`${HEALTH}${query}`)).body;
const start = async (options: { readonly telemetry?: boolean } = {}) => {
  const client = createClient({ url: server.url, key: server.serverKey, cache: false, flushOnExit: false, logger: null, ...options });
  clients.push(client);
  await client.ready();
  return client;
};

async function send(envelope: object, key = server.serverKey): Promise<void> {
  const body = JSON.stringify({ v: 1, seq: 0, sentAt: Date.now(), rows: [], unknown: {}, dropped: 0, ...envelope });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  expect((await fetch(`${server.url}/sdk/v1/telemetry`, { method: 'POST', headers, body })).status).toBe(200);
}

it('says of nobody that they are busy as long as nobody tells', async () => {
  expect(await health()).toMatchObject({
    instances: { reported: 0, connected: 0, reporting: 0, silent: [], busiest: null },
    total: { metrics: { saturation: null, coverage: null } },
  });
});

it('tells how busy back ends are on average, and which one was busiest', async () => {
  const calm = { instance: 'calm', process: { ms: 60_000, loop: 100, cpu: 200, memory: 150 } };
  const busy = { instance: 'busy', process: { ms: 20_000, loop: 1_000, cpu: 900, memory: 400 } };
  await send(calm);
  await send(busy);
  await send(busy);
  await send({ ...busy, instance: 'forged' }, server.clientKey);
  const rows = () =>
    server.database.query<{ used: string; watched: string }>('select sum(used_ms) as used, sum(watched_ms) as watched from process_load');
  await vi.waitFor(async () => expect(await rows()).toEqual([{ used: '32000', watched: '80000' }]), 20_000);
  await server.database.query("update process_load set slot = slot - interval '3 minutes'");
  const { instances, total } = await health('?step=1m');
  expect(total.metrics.saturation).toBeCloseTo(0.4, 9);
  expect(instances.busiest).toMatchObject({ instance: 'busy', saturation: 1 });
});

it('tells which of those that are there report, and counts those that do not against the coverage', async () => {
  const telling = await start();
  await start({ telemetry: false });
  telling.value('cart', false);
  expect(await telling.flush()).toBe(true);
  await vi.waitFor(async () => expect((await health()).instances).toMatchObject({ connected: 2, reporting: 1 }));
  const { instances, total } = await health();
  expect(instances.silent).toHaveLength(1);
  expect(total.metrics.coverage).toBeCloseTo(0.5, 9);
  const { body } = await api(server).get('/api/v1/projects/default/health?environment=development');
  expect(body).toMatchObject({ instances, total: { metrics: { coverage: total.metrics.coverage } } });
  const before = new Date(Date.now() - 3_600_000).toISOString();
  expect((await health(`?to=${before}`)).instances).toMatchObject({ connected: null, reporting: null, silent: [] });
});

it('takes what comes by OpenTelemetry for no instance', async () => {
  const reported = async () => {
    const { body } = await api(server).get('/api/v1/projects/default/environments/development/telemetry');
    return [(await health()).instances.reported, body.senders.instances];
  };
  const before = await reported();
  const attributes = Object.entries({ 'feature_flag.key': 'cart', 'feature_flag.result.variant': 'on' }).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  }));
  const at = `${Date.now()}000000`;
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), startTimeUnixNano: at, endTimeUnixNano: at, attributes };
  const headers = { authorization: `Bearer ${server.serverKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  expect((await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body })).status).toBe(200);
  const senders = await server.database.query("select 1 from telemetry_instance where instance like 'otlp-server-%'");
  expect(senders).toHaveLength(1);
  expect(await reported()).toEqual(before);
  expect(before[0]).toBeGreaterThan(0);
});
