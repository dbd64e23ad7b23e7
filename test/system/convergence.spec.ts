import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { api, aDatabase, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const DEVELOPMENT = '/api/v1/projects/default/environments/development';

let database: TestDatabase;
let servers: TestServer[];
let admin: ReturnType<typeof api>;
const clients: TestClient[] = [];

beforeAll(async () => {
  database = await aDatabase();
  servers = [await aServer({ database }), await aServer({ database })];
  admin = api(server(0));
});

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.disconnect();
});

afterAll(async () => {
  for (const { stop } of servers) await stop();
  await database.drop();
});

function server(index: number): TestServer {
  const found = servers[index];
  if (found === undefined) throw new Error(`there is no server ${index}`);
  return found;
}

/** A client that holds the newest revision and, unless it is wedged, says so of each that follows. */
async function anInstance(instance: string, at: TestServer, { isWedged = false, key = at.serverKey } = {}): Promise<TestClient> {
  const revision = (await admin.get(DEVELOPMENT)).body.revision;
  const client = new TestClient(at.url, { key, instance, sdk: 'test/1', since: revision });
  clients.push(client);
  if (!isWedged) client.socket.on('delta', ({ to }: { to: number }) => client.socket.emit('applied', { revision: to, at: 1 }));
  await client.saw('connect');
  return client;
}

async function aServedFlag(key: string): Promise<string> {
  const flag = { key, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7 };
  expect((await admin.post(FLAGS, flag)).status).toBe(201);
  const path = `${FLAGS}/${key}/environments/development`;
  expect((await admin.put(path, { on: true, default: { variant: 'on' } })).status).toBe(200);
  return path;
}

it('answers a kill when every instance on every server has applied it', async () => {
  const path = await aServedFlag('arrives');
  await Promise.all([anInstance('a', server(0)), anInstance('b', server(1)), anInstance('c', server(1))]);
  const killed = await admin.post(`${path}/kill?wait=20s`, { reason: 'smoke' });
  expect(killed.body).toMatchObject({
    killed: true,
    changed: true,
    arrival: { complete: true, connected: 3, applied: 3, pending: [], polling: 0, relays: 0 },
  });
  expect(killed.body.arrival.servers.map(({ answered, alive }: { answered: boolean; alive: boolean }) => [answered, alive])).toEqual([
    [true, true],
    [true, true],
  ]);
  const restored = await admin.post(`${path}/restore?wait=20s`, { reason: 'mended' });
  expect(restored.body).toMatchObject({ killed: false, arrival: { complete: true, applied: 3 } });
});

it('names at the deadline who has not applied it', async () => {
  const path = await aServedFlag('waits');
  await Promise.all([anInstance('well', server(0)), anInstance('stuck', server(1), { isWedged: true })]);
  const { arrival } = (await admin.post(`${path}/kill?wait=700ms`, {})).body;
  expect(arrival).toMatchObject({ complete: false, connected: 2, applied: 1, pending: [{ instance: 'stuck', sdk: 'test/1', relay: null }] });
  expect(arrival.ms).toBeGreaterThanOrEqual(690);
});
