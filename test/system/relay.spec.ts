import { type Client, createClient } from '@ballast/sdk';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const KEYS = '/api/v1/projects/default/environments/development/keys';

let server: TestServer;
let admin: ReturnType<typeof api>;
let relay: TestRelay;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  await aServedFlag('checkout', { clientVisible: true });
  relay = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server) });
  await isReady(relay);
});

afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

afterAll(async () => {
  await relay.remove();
  await server.stop();
});

/** A flag that serves `true` to everyone in development; answers the path of its configuration there. */
async function aServedFlag(key: string, change: object = {}): Promise<string> {
  const flag = { key, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7, ...change };
  expect((await admin.post(FLAGS, flag)).status).toBe(201);
  const path = `${FLAGS}/${key}/environments/development`;
  expect((await admin.put(path, { on: true, default: { variant: 'on' } })).status).toBe(200);
  return path;
}

async function isReady({ url }: TestRelay): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), { timeout: 10_000, interval: 10 });
}

function aClient(url: string, key: string = server.serverKey): Client {
  const client = createClient({ url, key, cache: false, logger: null });
  open.push(client);
  return client;
}

/** A bare client of the stream. */
function aStream(url: string, key: string, since?: number): TestClient {
  const client = new TestClient(url, { key, instance: 'i', sdk: 'test/1', ...(since !== undefined && { since }) });
  open.push({ close: () => client.socket.disconnect() });
  return client;
}

async function aKey(kind: 'server' | 'client' | 'relay'): Promise<{ readonly id: string; readonly secret: string }> {
  const { status, body } = await admin.post(KEYS, { name: `a ${kind}`, kind });
  expect(status).toBe(201);
  return { id: body.id, secret: body.secret };
}

const revisionOf = async (url: string, key: string) => (await (await ask(url, 'snapshot', key)).json()).revision;

const ask = (url: string, path: string, key: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/sdk/v1/${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } });

it('leads the SDK of a server and of a browser on like a server does', async () => {
  const path = await aServedFlag('both', { clientVisible: true });
  const hidden = await aServedFlag('hidden');
  const clients = [aClient(relay.url), aClient(relay.url, server.clientKey)];
  for (const client of clients) expect(await client.ready()).toBe('ready');
  await vi.waitFor(() => expect(clients.map((client) => client.value('both', false))).toEqual([true, true]));
  const killed = await admin.post(`${path}/kill`, {});
  const last = await admin.post(`${hidden}/kill`, {});
  expect(last.body.revision).toBe(killed.body.revision + 1);
  await vi.waitFor(() => expect(clients.map(({ revision }) => revision)).toEqual([last.body.revision, last.body.revision]));
  expect(clients.map((client) => client.value('both', true))).toEqual([false, false]);
  expect(clients.map((client) => client.details('hidden', true).reason)).toEqual(['DISABLED', 'ERROR']);
});

it('tells of a burst of changes without a gap', async () => {
  const path = await aServedFlag('burst');
  const since = await revisionOf(relay.url, server.serverKey);
  const stream = aStream(relay.url, server.serverKey, since);
  await stream.saw('connect');
  await Promise.all(Array.from({ length: 20 }, (_, i) => admin.post(`${path}/${i % 2 === 0 ? 'kill' : 'restore'}`, { reason: 'burst' })));
  const newest = await revisionOf(server.url, server.serverKey);
  const deltas = () => stream.messages.filter(([event]) => event === 'delta').map(([, content]) => Object(content));
  await vi.waitFor(() => expect(deltas().at(-1)?.to).toBe(newest));
  expect(stream.messages.some(([event]) => event === 'reset')).toBe(false);
  let at = since;
  for (const { from, to } of deltas()) {
    expect(from).toBe(at);
    at = to;
  }
});

it('sends away whoever has a key that was revoked, and lets nobody in with it', async () => {
  const { id, secret } = await aKey('server');
  const stream = aStream(relay.url, secret);
  await stream.saw('connect');
  expect((await admin.delete(`${KEYS}/${id}`)).status).toBe(200);
  // Long before anybody looks by himself: the server told.
  await vi.waitFor(() => expect(stream.messages).toContainEqual(['goodbye', { reason: 'revoked' }]), { timeout: 2_500, interval: 5 });
  expect(await aStream(relay.url, secret).saw('refused')).toEqual({ status: 401, code: 'auth.invalid' });
  expect((await ask(relay.url, 'snapshot', secret)).status).toBe(401);
});

it('lets a key in at once that was made a moment ago, and asks upstream before it refuses one', async () => {
  for (let i = 0; i < 5; i++) {
    const { secret } = await aKey('client');
    expect((await ask(relay.url, 'snapshot', secret)).status).toBe(200);
  }
  expect((await ask(relay.url, 'snapshot', 'a-key-that-nobody-has')).status).toBe(401);
});

it('sends away whoever has a key that ran out', async () => {
  const expiresAt = new Date(Date.now() + 2_000).toISOString();
  const { body } = await admin.post(KEYS, { name: 'short', kind: 'server', expiresAt });
  const stream = aStream(relay.url, body.secret);
  await stream.saw('connect');
  expect(await stream.saw('goodbye')).toEqual({ reason: 'revoked' });
});

it('ends keys by the clock of its server, whatever its own says', async () => {
  const expiresAt = new Date(Date.now() + 600_000).toISOString();
  const { body } = await admin.post(KEYS, { name: 'rotated', kind: 'server', expiresAt });
  const clock = { now: () => Date.now() + 3_600_000 };
  const relay = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server, 'ahead'), clock });
  open.push({ close: () => relay.remove() });
  await vi.waitFor(async () => expect((await ask(relay.url, 'snapshot', server.serverKey)).status).toBe(200), { timeout: 10_000 });
  expect((await ask(relay.url, 'snapshot', body.secret)).status).toBe(200);
});

it('slows down whoever tries out keys', async () => {
  const relay = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server, 'guessed at'), clock: { now: () => 0 } });
  open.push({ close: () => relay.remove() });
  await isReady(relay);
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => (await ask(relay.url, 'snapshot', `guess-number-${i}`)).status),
  );
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect((await ask(relay.url, 'snapshot', server.serverKey)).status).toBe(200);
});

it.each([
  ['a relay', () => relay.url],
  ['a server', () => server.url],
])('%s opens nothing to a key of the wrong kind', async (_, url) => {
  const { secret } = await aKey('relay');
  const refused = { status: 403, body: expect.objectContaining({ code: 'auth.wrong_kind' }) };
  const at = (key: string) => api({ url: url(), adminToken: key });
  for (const path of ['snapshot', 'changes?since=0']) expect(await at(secret).get(`/sdk/v1/${path}`)).toMatchObject(refused);
  expect(await at(secret).post('/sdk/v1/telemetry', {})).toMatchObject(refused);
  for (const key of [server.serverKey, server.clientKey]) {
    expect(await at(key).get('/sdk/v1/relay/snapshot')).toMatchObject(refused);
    expect(await at(key).post('/sdk/v1/relay/telemetry', { batches: [] })).toMatchObject(refused);
  }
  expect(await aStream(url(), secret).saw('refused')).toEqual({ status: 403, code: 'auth.wrong_kind' });
});

it('hands its clients over when it stops, without a stale moment', async () => {
  const other = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server, 'other') });
  await isReady(other);
  const stream = aStream(other.url, server.serverKey);
  await stream.saw('connect');
  await other.remove();
  expect(stream.messages.map(([event]) => event)).toContain('goodbye');
  expect(await stream.saw('goodbye')).toEqual({ reason: 'draining' });
});

it('shows how it is', async () => {
  aClient(relay.url);
  await vi.waitFor(async () => expect(await (await fetch(`${relay.url}/metrics`)).text()).toMatch(/^ballast_relay_clients 1$/m));
  const text = await (await fetch(`${relay.url}/metrics`)).text();
  const revision = await revisionOf(relay.url, server.serverKey);
  for (const line of ['upstream_connected 1', 'stale 0', `revision ${revision}`, 'forward_queue 0', 'disk_failures_total 0'])
    expect(text).toContain(`\nballast_relay_${line}\n`);
  expect(await (await fetch(`${relay.url}/health/live`)).json()).toEqual({ status: 'live' });
  expect(await (await fetch(`${relay.url}/health/version`)).json()).toEqual({ version: '0.0.0', node: process.version });
});

it('names the instances behind it to those who ask the server about convergence', async () => {
  const client = aClient(relay.url);
  await client.ready();
  const path = '/api/v1/projects/default/environments/development/convergence';
  await vi.waitFor(async () => {
    const { body } = await admin.get(path);
    expect(JSON.stringify(body)).toContain('ballast-node/');
  });
});

it('logs no secret', async () => {
  await ask(relay.url, 'snapshot', 'a-key-that-nobody-has');
  expect(relay.lines.join('\n')).not.toMatch(/blst_(srv|cli|rly)_|key-of-the-tests|that-nobody-has/);
});
