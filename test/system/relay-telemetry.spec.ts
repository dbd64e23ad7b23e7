import { gzipSync } from 'node:zlib';
import type { CounterRow, TelemetryEnvelope } from '@ballast/protocol';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { aProxy, type TcpProxy } from '../harness/a-proxy.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAG = '/api/v1/projects/default/flags/checkout';

let server: TestServer;
let proxy: TcpProxy;
let relay: TestRelay;
let further: TestRelay;

beforeAll(async () => {
  server = await aServer();
  const flag = { key: 'checkout', kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
  expect(await api(server).post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  const key = await aRelayKey(server);
  proxy = await aProxy(server.url);
  relay = await aRelayHere({ upstreamUrl: proxy.url, key });
  further = await aRelayHere({ upstreamUrl: relay.url, key });
  for (const { url } of [relay, further])
    await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), { timeout: 10_000 });
});

afterAll(async () => {
  await further.remove();
  await relay.remove();
  await proxy.stop();
  await server.stop();
});

function aRow(change: Partial<CounterRow> = {}): CounterRow {
  const t0 = Date.now() - (Date.now() % 10_000);
  return { flag: 'checkout', version: 1, variant: 'on', reason: 'SPLIT', t0, exposures: 1, ok: 0, err: 0, ...change };
}

let instances = 0;
function anEnvelope(change: Partial<TelemetryEnvelope> = {}): TelemetryEnvelope {
  instances += 1;
  return { v: 1, instance: `relayed-${instances}`, seq: 0, sentAt: Date.now(), rows: [aRow()], unknown: {}, dropped: 0, ...change };
}

const send = (body: unknown, url = relay.url, key: string = server.serverKey) =>
  api({ url, adminToken: key }).post('/sdk/v1/telemetry', body);

async function counted(): Promise<number> {
  return (await api(server).get(`${FLAG}/environments/development/exposures`)).body.totals.exposures;
}

it('counts each batch once, whichever way and however often it is delivered', async () => {
  const before = await counted();
  const batch = anEnvelope();
  const first = await Promise.all([send(batch), send(batch, further.url), send(batch, server.url)]);
  const again = await send(batch);
  expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(first.reduce((sum, { body }) => sum + body.accepted, 0)).toBe(1);
  expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicate: true } });
  expect((await counted()) - before).toBe(1);
});

it('counts a crowd of batches exactly', async () => {
  const before = await counted();
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => send(anEnvelope(), i % 2 === 0 ? relay.url : further.url)));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.accepted}`))).toEqual(new Set(['200 1']));
  expect((await counted()) - before).toBe(300);
});

it('hands on the view of the key: a public one counts nothing that it does not show', async () => {
  expect(await send(anEnvelope(), relay.url, server.clientKey)).toMatchObject({ status: 200, body: { accepted: 1, rejectedRows: 1 } });
  expect(await send(anEnvelope(), further.url, server.clientKey)).toMatchObject({ status: 200, body: { accepted: 1, rejectedRows: 1 } });
});

it('answers a client like the server does, each by its own batch', async () => {
  const old = anEnvelope({ rows: [aRow({ t0: Date.now() - 49 * 3_600_000 })] });
  const unstorable = anEnvelope({ instance: 'a\0b' });
  const [good, expired, invalid] = await Promise.all([send(anEnvelope()), send(old), send(unstorable)]);
  expect(good).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(expired).toMatchObject({ status: 410, body: { code: 'telemetry.expired' } });
  expect(invalid).toMatchObject({ status: 400, body: { code: 'request.invalid', problems: [{ path: '/instance' }] } });
});

it('acknowledges nothing while it is cut off, and loses nothing', async () => {
  const before = await counted();
  proxy.behave('refuse');
  proxy.cut();
  const batch = anEnvelope();
  const refused = await send(batch);
  expect(refused).toMatchObject({ status: 503, body: { code: 'relay.cut_off' } });
  expect(refused.headers.get('retry-after')).toBe('5');
  proxy.behave('pass');
  await vi.waitFor(async () => expect((await send(batch)).status).toBe(200), { timeout: 20_000, interval: 50 });
  expect((await counted()) - before).toBe(1);
});

it('tells a client to come again when the answer of the server was lost, and the batch is counted once', async () => {
  const before = await counted();
  const batch = anEnvelope();
  // The request comes through, its answer does not.
  proxy.behave('deafen');
  const lost = send(batch);
  await vi.waitFor(async () => expect((await counted()) - before).toBe(1), { timeout: 10_000, interval: 20 });
  proxy.behave('refuse');
  proxy.cut();
  expect(await lost).toMatchObject({ status: 503 });
  proxy.behave('pass');
  await vi.waitFor(async () => expect(await send(batch)).toMatchObject({ status: 200, body: { duplicate: true } }), {
    timeout: 20_000,
    interval: 50,
  });
  expect((await counted()) - before).toBe(1);
});

it('takes several batches from a relay only as a relay sends them', async () => {
  const key = await aRelayKey(server, 'bare');
  const post = (body: unknown) => api({ url: server.url, adminToken: key }).post('/sdk/v1/relay/telemetry', body);
  const [one, two] = [anEnvelope(), anEnvelope()];
  const old = anEnvelope({ rows: [aRow({ t0: Date.now() - 49 * 3_600_000 })] });
  const batches = [one, two, one, old, 7].map((batch) => ({ view: 'server', batch }));
  const { status, body } = await post({ batches });
  expect(status).toBe(200);
  expect(body.verdicts.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'counted',
    'counted',
    'duplicate',
    'expired',
    'invalid',
  ]);
  for (const bad of [[], { batches: [{ batch: one }] }, { batches: Array(201).fill({ view: 'server', batch: one }) }])
    expect(await post(bad)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
});

it.each(['server', 'relay'])('the %s refuses a batch that is too large only when it is unpacked', async (which) => {
  const padded = (padding: string) => new Uint8Array(gzipSync(JSON.stringify({ ...anEnvelope(), padding })));
  const headers = { authorization: `Bearer ${server.serverKey}`, 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const { url } = which === 'server' ? server : relay;
  const answers = ['x'.repeat(60_000), 'x'.repeat(65_536)].map((padding) =>
    fetch(`${url}/sdk/v1/telemetry`, { method: 'POST', headers, body: padded(padding) }),
  );
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 413]);
});
