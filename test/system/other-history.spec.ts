import { rm } from 'node:fs/promises';
import { entryTextHash, exchange } from '@ballast/protocol';
import { type Client, createClient } from '@ballast/sdk';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { freePort } from '../harness/free-port.js';
import { aDatabase, api, aServer, SECRETS, type TestDatabase, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const PLACE = '/api/v1/projects/default/environments/development';
const PATIENCE = { timeout: 20_000, interval: 20 };
const admin = (server: TestServer) => api(server);

/** Two databases that are alike up to a revision, and have another content at the next one. */
let one: TestDatabase;
let other: TestDatabase;
let relayKey: string;
let port: number;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  one = await aDatabase();
  const first = await aServer({ database: one });
  await aServedFlag(first, 'checkout');
  relayKey = await aRelayKey(first);
  await first.stop();
  other = await aDatabase({ template: new URL(one.url).pathname.slice(1) });
  await change(one, 'kill');
  await change(other, 'create');
  return () => Promise.all([one.drop(), other.drop()]);
}, 60_000);

beforeEach(async () => {
  port = await freePort();
});

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function aServedFlag(server: TestServer, key: string): Promise<void> {
  const flag = { key, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7 };
  expect((await admin(server).post(FLAGS, flag)).status).toBe(201);
  const config = { on: true, default: { variant: 'on' } };
  expect((await admin(server).put(`${FLAGS}/${key}/environments/development`, config)).status).toBe(200);
}

/** One revision, of which each database has its own. */
async function change(database: TestDatabase, what: 'kill' | 'create'): Promise<void> {
  const server = await aServer({ database });
  const path = `${FLAGS}/checkout/environments/development`;
  const config = { on: true, default: { variant: 'off' } };
  const { status } = what === 'kill' ? await admin(server).post(`${path}/kill`, {}) : await admin(server).put(path, config);
  expect(status).toBe(200);
  await server.stop();
}

/** A server at the place where the one before was. */
async function serve(database: TestDatabase): Promise<TestServer> {
  const server = await aServer({ database, settings: { port } });
  cleanups.push(() => server.stop().catch(() => undefined));
  return server;
}

function aClient(url: string): Client {
  const client = createClient({ url, key: SECRETS.serverKey, cache: false, logger: null });
  cleanups.push(() => client.close());
  return client;
}

async function aRelay(options: { dataDir?: string } = {}): Promise<TestRelay> {
  const relay = await aRelayHere({ upstreamUrl: `http://127.0.0.1:${port}`, key: relayKey, ...options });
  await vi.waitFor(async () => expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200), PATIENCE);
  return relay;
}

const reason = (client: Client) => client.details('checkout', false).reason;
const snapshotAt = async (url: string) => {
  const response = await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${SECRETS.serverKey}` } });
  return (await response.json()) as { revision: number; checksum: number };
};
const changesAt = async (url: string, query: string) => {
  const response = await fetch(`${url}/sdk/v1/changes?${query}`, { headers: { authorization: `Bearer ${SECRETS.serverKey}` } });
  return response.status === 200 ? response.json() : response.status;
};
/** Every instance is connected, has applied the newest revision, and holds what the server holds there. */
async function allAreCurrent(server: TestServer, connected: number): Promise<void> {
  const found = { connected, applied: connected, share: 1 };
  await vi.waitFor(async () => expect((await admin(server).get(`${PLACE}/convergence`)).body).toMatchObject(found), PATIENCE);
}

it('a client that was current is given what the database has now at the same revision', { timeout: 60_000 }, async () => {
  const before = await serve(one);
  const client = aClient(before.url);
  await vi.waitFor(() => expect(reason(client)).toBe('DISABLED'), PATIENCE);
  await allAreCurrent(before, 1);
  const held = await snapshotAt(before.url);
  await before.stop();

  const after = await serve(other);
  const now = await snapshotAt(after.url);
  expect([now.revision, now.checksum === held.checksum]).toEqual([held.revision, false]);
  await vi.waitFor(() => expect(reason(client)).toBe('STATIC'), PATIENCE);
  expect([client.revision, client.value('checkout', true)]).toEqual([now.revision, false]);
  await allAreCurrent(after, 1);
});

it('a relay and those behind it are given it too, be the relay running or started from its disk', { timeout: 90_000 }, async () => {
  const first = await serve(one);
  const [running, restarted] = [await aRelay(), await aRelay()];
  cleanups.push(() => running.remove());
  const clients = [aClient(running.url), aClient(restarted.url)];
  await vi.waitFor(() => expect(clients.map(reason)).toEqual(['DISABLED', 'DISABLED']), PATIENCE);
  await first.stop();
  await restarted.stop();

  const second = await serve(other);
  const again = await aRelay({ dataDir: restarted.dataDir });
  cleanups.push(() => again.remove().finally(() => rm(restarted.dataDir, { recursive: true, force: true })));
  clients.push(aClient(again.url));
  await vi.waitFor(
    () => expect([clients[0], clients[2]].map((client) => client && reason(client))).toEqual(['STATIC', 'STATIC']),
    PATIENCE,
  );
  const now = await snapshotAt(second.url);
  for (const { url } of [running, again]) expect(await snapshotAt(url)).toEqual(now);
});

it('who polls is sent to the snapshot when it holds something else, and served as ever when it does not say', async () => {
  const server = await serve(other);
  const [held, now] = [await heldBy(one), await snapshotAt(server.url)];
  const { revision } = now;
  expect(await changesAt(server.url, `since=${revision}&checksum=${held}`)).toBe(410);
  expect(await changesAt(server.url, `since=${revision}&checksum=${now.checksum}`)).toBe(204);
  expect(await changesAt(server.url, `since=${revision}`)).toBe(204);
  const [{ checksum } = { checksum: -1 }] = await other.query<{ checksum: string }>(
    `SELECT server_checksum AS checksum FROM change WHERE revision = ${revision - 1} AND environment_id = (${ENVIRONMENT})`,
  );
  expect(await changesAt(server.url, `since=${revision - 1}&checksum=${checksum}`)).toMatchObject({ from: revision - 1, to: revision });
  expect(await changesAt(server.url, `since=${revision - 1}&checksum=${held}`)).toBe(410);
  for (const query of ['since=1&checksum=x', 'since=1&checksum=-1', 'checksum=1', 'since=1&checksum=1&checksum=2']) {
    expect(await changesAt(server.url, query)).toBe(400);
  }
});

it('who comes from further back than the memory of the server is compared with the log', { timeout: 60_000 }, async () => {
  const server = await serve(other);
  const { revision: since, checksum } = await snapshotAt(server.url);
  const path = `${FLAGS}/checkout/environments/development`;
  for (let i = 0; i < 150; i += 1) {
    await admin(server).post(`${path}/kill`, {});
    await admin(server).post(`${path}/restore`, { reason: 'again' });
  }
  const revision = since + 300;
  await vi.waitFor(async () => expect((await snapshotAt(server.url)).revision).toBe(revision), PATIENCE);
  await server.stop();
  const again = await serve(other);
  expect(await changesAt(again.url, `since=${since}&checksum=${checksum}`)).toMatchObject({ from: since, to: revision });
  expect(await changesAt(again.url, `since=${since}&checksum=${checksum + 1}`)).toBe(410);
  expect(await changesAt(again.url, `since=${since}`)).toMatchObject({ from: since, to: revision });
});

it('a database that is replaced under a running server is noticed, and everyone follows', { timeout: 60_000 }, async () => {
  const server = await serve(one);
  const relay = await aRelay();
  cleanups.push(() => relay.remove());
  const clients = [aClient(server.url), aClient(relay.url)];
  await vi.waitFor(() => expect(clients.map(reason)).toEqual(['DISABLED', 'DISABLED']), PATIENCE);
  await rewriteEntry();
  await vi.waitFor(() => expect(clients.map(reason)).toEqual(['STATIC', 'STATIC']), PATIENCE);
  await allAreCurrent(server, 2);
});

it('an instance that goes on with something else under the newest revision is named, and is waited for', { timeout: 60_000 }, async () => {
  const server = await serve(one);
  const { revision, checksum } = await snapshotAt(server.url);
  const handshake = { key: SECRETS.serverKey, instance: 'elsewhere', sdk: 'test/1', since: revision, checksum: checksum + 1 };
  const instance = new TestClient(server.url, handshake);
  cleanups.push(() => instance.socket.disconnect());
  expect(await instance.saw('reset')).toEqual({ revision, checksum });
  instance.socket.emit('applied', { revision, at: 1, checksum: checksum + 1 });
  expect(await instance.saw('reset', 2)).toEqual({ revision, checksum });
  const { body } = await admin(server).get(`${PLACE}/convergence`);
  expect(body).toMatchObject({ connected: 1, applied: 0, items: [{ instance: 'elsewhere', revision: null, state: 'behind' }] });
  const waited = await admin(server).post(`${FLAGS}/checkout/environments/development/kill?wait=300ms`, {});
  expect(waited.body.arrival).toMatchObject({ complete: false, applied: 0, pending: [{ instance: 'elsewhere' }] });
  const wedged = { wedged: 1, items: [{ instance: 'elsewhere', revision: null, state: 'wedged' }] };
  await vi.waitFor(async () => expect((await admin(server).get(`${PLACE}/convergence`)).body).toMatchObject(wedged), PATIENCE);
});

const ENVIRONMENT =
  "SELECT e.id FROM environment e JOIN project p ON p.id = e.project_id WHERE p.key = 'default' AND e.key = 'development'";

async function heldBy(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ server_checksum: string }>(
    `SELECT server_checksum FROM revision WHERE environment_id = (${ENVIRONMENT})`,
  );
  return Number(row?.server_checksum);
}

/** Gives the flag another content under the revision that there is. */
async function rewriteEntry(): Promise<void> {
  const where = `environment_id = (${ENVIRONMENT}) AND key = 'checkout' AND kind = 'flag'`;
  const [row] = await one.query<{ server: string }>(`SELECT server FROM snapshot_entry WHERE ${where}`);
  const before = row?.server ?? '{}';
  const after = JSON.stringify({ ...JSON.parse(before), state: 'on' });
  const [was, is] = [before, after].map((text) => entryTextHash('flag', 'checkout', text));
  const checksum = exchange(await heldBy(one), was ?? 0, is ?? 0);
  await one.query(
    `WITH entry AS (UPDATE snapshot_entry SET server = $1, server_hash = $3 WHERE ${where})
     UPDATE revision SET server_checksum = $2 WHERE environment_id = (${ENVIRONMENT})`,
    [after, checksum, is],
  );
}
