import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@ballast/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aProxy, type TcpProxy } from '../harness/a-proxy.js';
import { aRelay, aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const PATIENCE = { timeout: 20_000, interval: 20 };

let server: TestServer;
let proxy: TcpProxy;
let key: string;
let relay: TestRelay;
let path: string;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await aServer();
  path = await aServedFlag('checkout');
  key = await aRelayKey(server);
});

beforeEach(async () => {
  proxy = await aProxy(server.url);
  relay = await aRelayHere({ upstreamUrl: proxy.url, key });
  await isReady(relay.url);
});

afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
  await relay.remove();
  await proxy.stop();
});

afterAll(() => server.stop());

async function aServedFlag(name: string): Promise<string> {
  const flag = { key: name, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7 };
  expect((await api(server).post(FLAGS, flag)).status).toBe(201);
  const at = `${FLAGS}/${name}/environments/development`;
  expect((await api(server).put(at, { on: true, default: { variant: 'on' } })).status).toBe(200);
  return at;
}

async function change(): Promise<number> {
  const killed = await api(server).post(`${path}/kill`, {});
  if (killed.body.changed) return killed.body.revision;
  return (await api(server).post(`${path}/restore`, { reason: 'back' })).body.revision;
}

async function isReady(url: string): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), PATIENCE);
}

function cutOff(): void {
  proxy.behave('refuse');
  proxy.cut();
}

function aClient(url = relay.url, cache: false | { directory: string } = false): Client {
  const client = createClient({ url, key: server.serverKey, cache, logger: null });
  open.push(client);
  return client;
}

const becomes = (client: Client, status: string) => vi.waitFor(() => expect(client.status).toBe(status), PATIENCE);

/** Settles once what is held now lies on the disk. */
async function isKept({ dataDir }: TestRelay, revision: number): Promise<string> {
  let file = '';
  await vi.waitFor(async () => {
    const name = (await readdir(dataDir)).find((found) => found.endsWith('.json'));
    file = join(dataDir, name ?? 'missing');
    expect(JSON.parse(await readFile(file, 'utf8')).pair.server.revision).toBe(revision);
  }, PATIENCE);
  return file;
}

const ask = (url: string, what: string) => fetch(`${url}/sdk/v1/${what}`, { headers: { authorization: `Bearer ${server.serverKey}` } });

it('tells its clients that what they hold may be old, and that it no longer is, without a lost stream', async () => {
  const client = aClient();
  expect(await client.ready()).toBe('ready');
  const seen: string[] = [];
  for (const event of ['ready', 'stale'] as const) client.on(event, () => seen.push(event));
  cutOff();
  await becomes(client, 'stale');
  expect(client.value('checkout', false)).toBe(
    (await ask(relay.url, 'snapshot').then((answer) => answer.json())).flags.checkout.state === 'on',
  );
  const revision = await change();
  proxy.behave('pass');
  await becomes(client, 'ready');
  expect(client.revision).toBe(revision);
  expect(seen).toEqual(['stale', 'ready']);
});

it('lets new clients in while it is cut off: they get what it holds, and know that it may be old', async () => {
  cutOff();
  await vi.waitFor(async () => expect(await (await fetch(`${relay.url}/metrics`)).text()).toContain('\nballast_relay_stale 1\n'), PATIENCE);
  expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200);
  const client = aClient();
  await vi.waitFor(() => expect(client.revision).toBeDefined(), PATIENCE);
  await becomes(client, 'stale');
  const { revision } = await (await ask(relay.url, 'snapshot')).json();
  const current = await ask(relay.url, `changes?since=${revision}`);
  expect([current.status, (await current.json()).code]).toEqual([503, 'relay.cut_off']);
  expect((await ask(relay.url, `changes?since=${revision + 1}`)).status).toBe(503);
});

it('neither lets in nor turns away for good who has a key that it does not know while it is cut off', async () => {
  cutOff();
  await vi.waitFor(
    async () => expect(await (await fetch(`${relay.url}/metrics`)).text()).toContain('\nballast_relay_upstream_connected 0\n'),
    PATIENCE,
  );
  const answer = await fetch(`${relay.url}/sdk/v1/snapshot`, { headers: { authorization: 'Bearer a-key-that-is-quite-new' } });
  expect([answer.status, (await answer.json()).code]).toEqual([503, 'relay.cut_off']);
  const stream = new TestClient(relay.url, { key: 'a-key-that-is-quite-new', instance: 'i', sdk: 'test/1' });
  open.push({ close: () => stream.socket.disconnect() });
  expect(await stream.saw('refused')).toEqual({ status: 503, code: 'relay.cut_off' });
});

it('learns of keys that were revoked while it was cut off', async () => {
  const keys = '/api/v1/projects/default/environments/development/keys';
  const { id, secret } = (await api(server).post(keys, { name: 'lost', kind: 'server' })).body;
  const stream = new TestClient(relay.url, { key: secret, instance: 'i', sdk: 'test/1' });
  open.push({ close: () => stream.socket.disconnect() });
  await stream.saw('connect');
  cutOff();
  await stream.saw('stale');
  expect((await api(server).delete(`${keys}/${id}`)).status).toBe(200);
  proxy.behave('pass');
  expect(await stream.saw('goodbye')).toEqual({ reason: 'revoked' });
});

it('finds out that upstream is silent though its connection is open', async () => {
  const client = aClient();
  expect(await client.ready()).toBe('ready');
  proxy.behave('swallow');
  await becomes(client, 'stale');
  const revision = await change();
  proxy.behave('pass');
  proxy.cut();
  await becomes(client, 'ready');
  expect(client.revision).toBe(revision);
}, 60_000);

it('starts from its disk when upstream is gone, and is led on when it is back', async () => {
  const revision = await change();
  const file = await isKept(relay, revision);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain('key-of-the-tests');
  cutOff();
  await relay.stop();
  const again = await aRelayHere({ upstreamUrl: proxy.url, key, dataDir: relay.dataDir });
  open.push({ close: () => again.stop() });
  await isReady(again.url);
  const client = aClient(again.url);
  await becomes(client, 'stale');
  expect(client.revision).toBe(revision);
  const newer = await change();
  proxy.behave('pass');
  await becomes(client, 'ready');
  expect(client.revision).toBe(newer);
});

it('is led on by a delta after a restart, and asks for no snapshot', async () => {
  await isKept(relay, await change());
  await relay.stop();
  proxy.cut();
  const newer = await change();
  const again = await aRelayHere({ upstreamUrl: proxy.url, key, dataDir: relay.dataDir });
  open.push({ close: () => again.stop() });
  await isReady(again.url);
  expect((await (await ask(again.url, 'snapshot')).json()).revision).toBe(newer);
  expect(proxy.wires.map(({ opening }) => opening.split(' ', 2)[1]?.split('?', 1)[0])).toEqual(['/socket.io/']);
});

it.each([
  ['half a file', (text: string) => text.slice(0, text.length / 2)],
  ['another checksum', (text: string) => text.replace(/"checksum":\d+/, '"checksum":1')],
  ['no JSON', () => '\0\0\0'],
  ['nothing', () => ''],
])('says so and goes on without it when its disk holds %s', async (_, spoil) => {
  const file = await isKept(relay, await change());
  await relay.stop();
  await writeFile(file, spoil(await readFile(file, 'utf8')));
  const again = await aRelayHere({ upstreamUrl: proxy.url, key, dataDir: relay.dataDir });
  open.push({ close: () => again.stop() });
  await isReady(again.url);
  expect(again.lines.join()).toContain('the kept snapshot cannot be');
  expect(await (await fetch(`${again.url}/metrics`)).text()).toContain('\nballast_relay_disk_failures_total 1\n');
});

it('serves from memory when its disk takes nothing', async () => {
  await isKept(relay, await change());
  await rm(relay.dataDir, { recursive: true });
  await writeFile(relay.dataDir, 'no folder');
  const client = aClient();
  const revision = await change();
  await vi.waitFor(() => expect(client.revision).toBe(revision), PATIENCE);
  await vi.waitFor(() => expect(relay.lines.join()).toContain('the snapshot could not be kept'), PATIENCE);
  await rm(relay.dataDir);
  await mkdir(relay.dataDir);
  await isKept(relay, await change());
});

it('keeps the last whole file when a later one cannot be written', async () => {
  const revision = await change();
  const file = await isKept(relay, revision);
  await mkdir(`${file}.new`);
  await change();
  await vi.waitFor(() => expect(relay.lines.join()).toContain('the snapshot could not be kept'), PATIENCE);
  expect(JSON.parse(await readFile(file, 'utf8')).pair.server.revision).toBe(revision);
});

it('sends nobody back who was led further than it is while it is cut off', async () => {
  cutOff();
  const { revision } = await (await ask(relay.url, 'snapshot')).json();
  const stream = new TestClient(relay.url, { key: server.serverKey, instance: 'i', sdk: 'test/1', since: revision + 1 });
  open.push({ close: () => stream.socket.disconnect() });
  expect(await stream.saw('goodbye')).toEqual({ reason: 'moved' });
  expect(stream.messages.some(([event]) => event === 'reset')).toBe(false);
});

describe('given a relay that has nothing yet', () => {
  it('is not ready, and refuses nobody for good', async () => {
    cutOff();
    const empty = await aRelayHere({ upstreamUrl: proxy.url, key });
    open.push({ close: () => empty.remove() });
    expect((await fetch(`${empty.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${empty.url}/health/live`)).status).toBe(200);
    const answer = await ask(empty.url, 'snapshot');
    expect([answer.status, (await answer.json()).code]).toEqual([503, 'snapshot.loading']);
    const client = aClient(empty.url);
    proxy.behave('pass');
    await becomes(client, 'ready');
  });
});

it('lets relays connect to it, which are stale when it is, and pass everything on', async () => {
  const further = await aRelayHere({ upstreamUrl: relay.url, key });
  open.push({ close: () => further.remove() });
  await isReady(further.url);
  const client = aClient(further.url);
  expect(await client.ready()).toBe('ready');
  const other = await aServedFlag('through-two');
  const { revision, arrival } = (await api(server).post(`${other}/kill?wait=20s`, {})).body;
  expect(arrival).toMatchObject({ complete: true, connected: 1, applied: 1, relays: 2 });
  expect(client.revision).toBe(revision);
  cutOff();
  await becomes(client, 'stale');
  const newer = await change();
  proxy.behave('pass');
  await becomes(client, 'ready');
  expect(client.revision).toBe(newer);
  const { secret } = (await api(server).post('/api/v1/projects/default/environments/development/keys', { name: 'new', kind: 'client' }))
    .body;
  expect((await fetch(`${further.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(200);
});

it('survives kill -9: it comes back with what it held, and its clients with it', async () => {
  const process = await aRelay({ upstreamUrl: proxy.url, key });
  open.push({ close: () => process.remove() });
  const client = aClient(process.url);
  expect(await client.ready()).toBe('ready');
  await process.kill();
  const revision = await change();
  await process.start();
  await vi.waitFor(() => expect(client.revision).toBe(revision), PATIENCE);
  await becomes(client, 'ready');
  expect(await process.stop()).toBe(0);
}, 60_000);

it('is no reason to call a kill complete while it is cut off', async () => {
  const client = aClient();
  expect(await client.ready()).toBe('ready');
  // Relays of the stories before this one are missed for a while.
  const convergence = () => api(server).get('/api/v1/projects/default/environments/development/convergence');
  await vi.waitFor(async () => expect((await convergence()).body).toMatchObject({ relays: 1, waitingRelays: 0 }), PATIENCE);
  cutOff();
  await becomes(client, 'stale');
  const { arrival } = (await api(server).post(`${path}/kill?wait=300ms`, {})).body;
  expect(arrival).toMatchObject({ complete: false, relays: 1, waitingRelays: 1 });
  proxy.behave('pass');
  await becomes(client, 'ready');
  const restored = (await api(server).post(`${path}/restore?wait=20s`, { reason: 'back' })).body;
  expect(restored.arrival).toMatchObject({ complete: true, connected: 1, applied: 1, relays: 1, waitingRelays: 0 });
});
