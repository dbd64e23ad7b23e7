import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere } from '../harness/a-relay-here.js';
import { aDatabase, api, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const DEVELOPMENT = '/api/v1/projects/default/environments/development';

let database: TestDatabase;
let servers: [TestServer, TestServer];
let admin: ReturnType<typeof api>;
let path: string;
const clients: TestClient[] = [];

beforeEach(async () => {
  database = await aDatabase();
  servers = [await aServer({ database }), await aServer({ database })];
  admin = api(servers[0]);
  const flag = { key: 'a', kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7 };
  expect((await admin.post(FLAGS, flag)).status).toBe(201);
  path = `${FLAGS}/a/environments/development`;
  expect((await admin.put(path, { on: true, default: { variant: 'on' } })).status).toBe(200);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.disconnect();
  for (const { stop } of servers) await stop();
  await database.drop();
});

/** A client that holds the newest revision and, unless it is wedged, says so of each that follows. */
async function anInstance(instance: string, url: string, { isWedged = false, key = servers[0].serverKey } = {}): Promise<TestClient> {
  const since = (await admin.get(DEVELOPMENT)).body.revision;
  const client = new TestClient(url, { key, instance, sdk: 'test/1', since });
  clients.push(client);
  if (!isWedged) client.socket.on('delta', ({ to }: { to: number }) => client.socket.emit('applied', { revision: to, at: 1 }));
  await client.saw('connect');
  return client;
}

/** Asks by HTTP for what follows the newest revision, as a client without a stream does. */
async function poll(instance: string, url: string, key = servers[0].serverKey): Promise<number> {
  const { revision } = (await admin.get(DEVELOPMENT)).body;
  const headers = { authorization: `Bearer ${key}`, 'ballast-instance': `${instance} test/2` };
  return (await fetch(`${url}/sdk/v1/changes?since=${revision}`, { headers })).status;
}

const convergence = async (query = '') => (await admin.get(`${DEVELOPMENT}/convergence${query}`)).body;

it('counts everybody behind relays behind relays, however many they are', async () => {
  const key = await aRelayKey(servers[1]);
  const outer = await aRelayHere({ upstreamUrl: servers[1].url, key });
  const inner = await aRelayHere({ upstreamUrl: outer.url, key });
  const names = Array.from({ length: 120 }, (_, i) => `chained-${i}`);
  try {
    for (const { url } of [outer, inner]) {
      await expect.poll(async () => (await fetch(`${url}/health/ready`)).status, { timeout: 10_000 }).toBe(200);
    }
    await expect.poll(() => poll('chained-0', inner.url)).toBe(204);
    for (const name of names) for (const { url } of [outer, inner]) await poll(name, url);
    await anInstance('chained-1', inner.url);
    const counts = async () => {
      const { connected, polling, stale, away, relays } = await convergence();
      return { connected, polling, stale, away, relays };
    };
    await expect.poll(counts).toEqual({ connected: 1, polling: 119, stale: 0, away: 0, relays: 2 });
  } finally {
    await inner.remove();
    await outer.remove();
  }
});

it('counts an instance that moved once, where it came last, and waits for it there', async () => {
  const stuck = await anInstance('mover', servers[1].url, { isWedged: true });
  await anInstance('mover', servers[0].url);
  const { arrival } = (await admin.post(`${path}/kill?wait=20s`, {})).body;
  expect(arrival).toMatchObject({ complete: true, connected: 1, applied: 1, pending: [], leftOff: { pending: 0, missing: 0 } });
  const body = await convergence();
  expect(body).toMatchObject({ connected: 1, applied: 1, share: 1, items: [{ instance: 'mover', state: 'current' }] });
  expect(body.keys.map(({ instances }: { instances: number }) => instances)).toEqual([1]);
  expect(stuck.socket.connected).toBe(true);
});

it('takes the receipts of nobody else for those of an instance, whatever name they come under', async () => {
  await anInstance('back-end', servers[1].url, { isWedged: true });
  const shadow = await anInstance('back-end', servers[1].url, { key: servers[1].clientKey });
  const { arrival } = (await admin.post(`${path}/kill?wait=1s`, {})).body;
  expect(arrival).toMatchObject({ complete: false, connected: 2, applied: 1, pending: [{ instance: 'back-end' }] });
  shadow.socket.disconnect();
  const page = () => convergence('?limit=1');
  await expect.poll(page).toMatchObject({ connected: 1, applied: 0, items: [{ instance: 'back-end', state: 'behind' }] });
  expect(await poll('back-end', servers[1].url, servers[1].clientKey)).toBe(204);
  expect(await page()).toMatchObject({ connected: 1, polling: 1, items: [{}, {}] });
});

it('counts who polls with something else as holding nothing, at a relay too', async () => {
  const relay = await aRelayHere({ upstreamUrl: servers[1].url, key: await aRelayKey(servers[1]) });
  try {
    await expect.poll(async () => (await fetch(`${relay.url}/health/ready`)).status, { timeout: 10_000 }).toBe(200);
    const { revision } = (await admin.get(DEVELOPMENT)).body;
    for (const [name, url] of [
      ['at-relay', relay.url],
      ['at-server', servers[0].url],
    ]) {
      const headers = { authorization: `Bearer ${servers[0].serverKey}`, 'ballast-instance': `${name} test/2` };
      const ask = async () => (await fetch(`${url}/sdk/v1/changes?since=${revision}&checksum=1`, { headers })).status;
      await expect.poll(ask, { timeout: 10_000 }).toBe(410);
    }
    const items = ['at-relay', 'at-server'].map((instance) => ({ instance, revision: null, state: 'behind' }));
    expect(await convergence()).toMatchObject({ polling: 2, items });
  } finally {
    await relay.remove();
  }
});

it('names who was there a moment ago', async () => {
  const [stays, leaves] = await Promise.all([anInstance('stays', servers[1].url), anInstance('leaves', servers[1].url)]);
  leaves.socket.io.engine.close();
  const missed = async () => await convergence();
  await expect.poll(missed).toMatchObject({ connected: 1, away: 1, stale: 0, troubled: [] });
  expect((await missed()).items).toMatchObject([{ instance: 'leaves', state: 'away' }, { instance: 'stays' }]);
  const { arrival } = (await admin.post(`${path}/kill?wait=20s`, {})).body;
  expect(arrival).toMatchObject({ complete: true, connected: 1, away: 1, stale: 0, missing: [{ instance: 'leaves', state: 'away' }] });
  expect(stays.socket.connected).toBe(true);
});
