import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../apps/relay/src/clock.js';
import { Clock } from '../../apps/server/src/clock.js';
import { StreamingGateway } from '../../apps/server/src/streaming/index.js';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere } from '../harness/a-relay-here.js';
import { aDatabase, api, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const DEVELOPMENT = '/api/v1/projects/default/environments/development';

let database: TestDatabase;
let servers: TestServer[];
let admin: ReturnType<typeof api>;
const clients: TestClient[] = [];
/** The key of those who poll. */
const POLLERS = randomUUID();

beforeAll(async () => {
  database = await aDatabase();
  servers = [await aServer({ database }), await aServer({ database })];
  admin = api(server(0));
});

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.disconnect();
  vi.restoreAllMocks();
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
  expect(arrival).toMatchObject({
    complete: false,
    connected: 2,
    applied: 1,
    pending: [{ instance: 'stuck', sdk: 'test/1', relay: null }],
  });
  expect(arrival.ms).toBeGreaterThanOrEqual(690);
});

it('waits for nobody where nobody is connected, and refuses what is no duration', async () => {
  const path = await aServedFlag('lonely');
  expect((await admin.post(`${path}/kill?wait=30s`, {})).body.arrival).toMatchObject({ complete: true, connected: 0, pending: [] });
  for (const wait of ['31s', '5', 'soon', '', '-1s', '1h']) {
    expect((await admin.post(`${path}/restore?wait=${wait}`, { reason: 'x' })).body).toMatchObject({
      status: 400,
      problems: [{ path: '/wait' }],
    });
  }
  expect((await admin.post(`${path}/restore?wait=5s&dryRun=true`, { reason: 'x' })).body.result).not.toHaveProperty('arrival');
  expect((await admin.get(path)).body.kill).not.toBeNull();
});

it('waits for what is killed already too, and answers a repeated request again', async () => {
  const path = await aServedFlag('again');
  await anInstance('a', server(1));
  const headers = { 'idempotency-key': randomUUID() };
  const first = await admin.post(`${path}/kill?wait=20s`, {}, { headers });
  expect(first.body).toMatchObject({ changed: true, arrival: { complete: true, applied: 1 } });
  expect((await admin.post(`${path}/kill?wait=20s`, {}, { headers })).body).toEqual(first.body);
  expect((await admin.post(`${path}/kill?wait=20s`, {})).body).toMatchObject({ changed: false, arrival: { complete: true, applied: 1 } });
});

it('answers whoever waits when its server stops', async () => {
  const path = await aServedFlag('stopping');
  const third = await aServer({ database });
  await anInstance('stuck', server(0), { isWedged: true });
  const waiting = api(third).post(`${path}/kill?wait=30s`, {});
  const asked = () => database.query('select 1 from question');
  await expect.poll(async () => (await asked()).length, { timeout: 10_000 }).toBe(1);
  await third.stop();
  expect((await waiting).body).toMatchObject({ killed: true, arrival: { complete: false } });
});

it('counts those behind a relay, polling ones too, and waits for them', async () => {
  const relay = await aRelayHere({ upstreamUrl: server(1).url, key: await aRelayKey(server(1)) });
  try {
    await expect.poll(async () => (await fetch(`${relay.url}/health/ready`)).status, { timeout: 10_000 }).toBe(200);
    const behind = { ...server(1), url: relay.url };
    const stuck = await anInstance('stuck', behind, { isWedged: true });
    await Promise.all([anInstance('direct', server(0)), anInstance('relayed', behind)]);
    const headers = { authorization: `Bearer ${server(1).serverKey}`, 'ballast-instance': 'polls test/2' };
    const { revision } = (await admin.get(DEVELOPMENT)).body;
    await expect.poll(async () => (await fetch(`${relay.url}/sdk/v1/changes?since=${revision}`, { headers })).status).toBe(204);
    const { arrival } = (await admin.post(`${await aServedFlag('relayed')}/kill?wait=1s`, {})).body;
    const [{ instance }] = (await admin.get(`${DEVELOPMENT}/convergence?behind=true`)).body.items;
    expect(instance).toBe('polls');
    expect(arrival).toMatchObject({
      complete: false,
      connected: 3,
      applied: 2,
      polling: 1,
      relays: 1,
      pending: [{ instance: 'stuck', relay: expect.any(String) }],
    });
    stuck.socket.disconnect();
    const killed = await admin.post(`${await aServedFlag('relayed-too')}/kill?wait=20s`, {});
    expect(killed.body.arrival).toMatchObject({ complete: true, connected: 2, applied: 2, relays: 1 });
  } finally {
    await relay.remove();
  }
});

it('hears a relay whatever its clients call themselves', async () => {
  let aheadMs = 0;
  vi.spyOn(systemClock, 'now').mockImplementation(() => Date.now() + aheadMs);
  const relay = await aRelayHere({ upstreamUrl: server(1).url, key: await aRelayKey(server(1)) });
  try {
    await expect.poll(async () => (await fetch(`${relay.url}/health/ready`)).status, { timeout: 10_000 }).toBe(200);
    const many = Array.from({ length: 40 }, (_, i) => String(i).padStart(2, '0'));
    for (const name of many) {
      const auth = { key: server(1).clientKey, instance: `${name}${'\u0001'.repeat(62)}`, sdk: '\u0001'.repeat(64), since: 0 };
      clients.push(new TestClient(relay.url, auth));
      const headers = { authorization: `Bearer ${server(1).clientKey}`, 'ballast-instance': `${name}${'"'.repeat(62)} ${'"'.repeat(64)}` };
      expect((await fetch(`${relay.url}/sdk/v1/changes?since=0`, { headers })).status).not.toBe(401);
    }
    await Promise.all(clients.map((client) => client.saw('connect')));
    const { revision } = (await admin.get(DEVELOPMENT)).body;
    await aServedFlag('named-badly');
    await expect.poll(async () => (await admin.get(DEVELOPMENT)).body.revision).toBeGreaterThan(revision);
    await Promise.all(
      clients.map((client) => client.until((messages) => messages.some(([event]) => event === 'delta' || event === 'reset'))),
    );
    aheadMs = 11_000;
    const { complete, connected, wedged } = (await admin.get(`${DEVELOPMENT}/convergence`)).body;
    expect({ complete, connected, wedged }).toEqual({ complete: true, connected: 40, wedged: 40 });
  } finally {
    await relay.remove();
  }
});

describe('given instances on two servers', () => {
  const convergence = async (query = '') => (await admin.get(`${DEVELOPMENT}/convergence${query}`)).body;

  /** Lets the clocks of all servers be later from now on. */
  function later(ms: number): void {
    for (const { app } of servers) vi.spyOn(app.get(Clock), 'now').mockImplementation(() => Date.now() + ms);
  }

  it('tells how far they are, what propagation took and who presents which key', async () => {
    await Promise.all([anInstance('a', server(0)), anInstance('b', server(1)), anInstance('c', server(1), { key: server(1).clientKey })]);
    const path = await aServedFlag('told');
    await admin.post(`${path}/kill?wait=20s`, {});
    const body = await convergence();
    expect(body).toMatchObject({
      environment: 'default/development',
      complete: true,
      connected: 3,
      applied: 3,
      share: 1,
      polling: 0,
      wedged: 0,
    });
    expect(
      body.items.map(({ instance, state, sdk, lag }: { instance: string; state: string; sdk: string; lag: object }) => [
        instance,
        state,
        sdk,
        lag,
      ]),
    ).toEqual(['a', 'b', 'c'].map((name) => [name, 'current', 'test/1', { revisions: 0, ms: 0 }]));
    expect(body.keys.map(({ instances }: { instances: number }) => instances).sort()).toEqual([1, 2]);
    expect(body.servers).toHaveLength(2);
    expect(body.propagation.receipts).toBeGreaterThanOrEqual(3);
    expect(body.propagation.p50Ms).toBeLessThanOrEqual(body.propagation.maxMs);
  });

  it('lists them page by page, or only those that are behind', async () => {
    await Promise.all(['p1', 'p3', 'p5'].map((name) => anInstance(name, server(0))));
    await Promise.all(['p2', 'p4'].map((name) => anInstance(name, server(1), { isWedged: name === 'p4' })));
    await admin.post(`${await aServedFlag('paged')}/kill?wait=500ms`, {});
    const seen: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { instance: string }[]; nextCursor: string | null } = await convergence(
        `?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(page.items.map(({ instance }) => instance));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([['p1', 'p2'], ['p3', 'p4'], ['p5']]);
    expect((await convergence('?behind=true')).items).toMatchObject([{ instance: 'p4', state: 'behind' }]);
    expect((await admin.get(`${DEVELOPMENT}/convergence?cursor=nonsense`)).body).toMatchObject({
      status: 400,
      problems: [{ path: '/cursor' }],
    });
  });

  it('names who is wedged, and shows it on /metrics', async () => {
    await anInstance('well', server(0));
    await anInstance('stuck', server(1), { isWedged: true });
    const path = await aServedFlag('wedging');
    await admin.post(`${path}/kill?wait=500ms`, {});
    later(11_000);
    const body = await convergence();
    expect(body).toMatchObject({
      connected: 2,
      applied: 1,
      share: 0.5,
      wedged: 1,
      stale: 0,
      troubled: [{ instance: 'stuck', state: 'wedged' }],
    });
    expect(body.troubled[0].lag.ms).toBeGreaterThanOrEqual(11_000);
    const metrics = await (await fetch(`${server(1).url}/metrics`)).text();
    expect(metrics).toContain('ballast_instances{environment="default/development",state="wedged"} 1');
    expect(metrics).toContain('ballast_instances{environment="default/development",state="current"} 1');
  });

  it('names who is connected and silent', async () => {
    await anInstance('mute', server(1));
    later(25_100);
    expect(await convergence()).toMatchObject({ connected: 1, wedged: 0, stale: 1, troubled: [{ instance: 'mute', state: 'silent' }] });
  });

  it('names whose stream broke off, unless it has one on another server or took leave there', async () => {
    const [back, away] = await Promise.all([anInstance('back', server(1)), anInstance('away', server(1))]);
    for (const { socket } of [back, away]) socket.io.engine.close();
    await Promise.all([back.saw('disconnect'), away.saw('disconnect')]);
    await anInstance('back', server(0));
    expect(await convergence()).toMatchObject({ connected: 1, stale: 0 });
    later(10_100);
    const troubled = [{ instance: 'away', state: 'lost', via: 'stream' }];
    await expect.poll(async () => await convergence()).toMatchObject({ connected: 1, stale: 1, troubled });
    const returned = await anInstance('away', server(0));
    expect(await convergence()).toMatchObject({ connected: 2, stale: 0 });
    returned.socket.disconnect();
    await expect.poll(async () => await convergence()).toMatchObject({ connected: 1, stale: 0 });
  });

  it('knows who polls, whichever server it reaches, and who should have asked by now', async () => {
    const poll = async (at: TestServer, since: number) => {
      const headers = { authorization: `Bearer ${at.serverKey}`, 'ballast-instance': 'poller test/2' };
      expect((await fetch(`${at.url}/sdk/v1/changes?since=${since}`, { headers })).status).toBeLessThan(300);
    };
    const { revision } = (await admin.get(DEVELOPMENT)).body;
    await poll(server(0), revision - 1);
    later(40_000);
    await poll(server(1), revision);
    const found = { instance: 'poller', sdk: 'test/2', via: 'poll', revision };
    expect(await convergence()).toMatchObject({ connected: 0, share: null, polling: 1, stale: 0, items: [{ ...found, state: 'current' }] });
    later(100_100);
    expect(await convergence()).toMatchObject({ polling: 0, troubled: [{ ...found, state: 'late' }] });
    await anInstance('poller', server(0));
    expect(await convergence()).toMatchObject({ connected: 1, polling: 0, stale: 0, troubled: [] });
  });
});

describe('given more who poll than one answer can name', () => {
  const many = Array.from({ length: 250 }, (_, i) => `many-${i}`);
  const told = (instance: string, at: TestServer, environmentId: string) =>
    at.app.get(StreamingGateway).hub.census.polled({ instance, sdk: 'test/3', keyId: POLLERS, environmentId, view: 'server' }, 1e9);

  it('still names who is missed, and does not miss who asked another server since', async () => {
    const id = await anEnvironment('missed');
    for (const name of ['moves', 'stops']) told(name, server(0), id);
    const clocks = servers.map(({ app }) => app.get(Clock));
    for (const clock of clocks) vi.spyOn(clock, 'now').mockImplementation(() => Date.now() + 61_000);
    for (const name of [...many, 'moves']) told(name, server(1), id);
    const { stale, polling, troubled } = (await admin.get('/api/v1/projects/default/environments/missed/convergence')).body;
    expect({ stale, polling }).toEqual({ stale: 1, polling: many.length + 1 });
    expect(troubled).toMatchObject([{ instance: 'stops', state: 'late' }]);
  });

  it('counts each once, whichever servers it reaches, and says how many of those in trouble it has no room for', async () => {
    const id = await anEnvironment('counted');
    const place = '/api/v1/projects/default/environments/counted';
    for (const name of many) for (const at of [server(0), server(1)]) told(name, at, id);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { polling, stale, items, nextCursor } = (await admin.get(`${place}/convergence?limit=100${cursor && `&cursor=${cursor}`}`))
        .body;
      expect({ polling, stale }).toEqual({ polling: 250, stale: 0 });
      seen.push(...items.map(({ instance }: { instance: string }) => instance));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    expect(seen).toEqual([...many].sort());
    for (const { app } of servers) vi.spyOn(app.get(Clock), 'now').mockImplementation(() => Date.now() + 61_000);
    const late = (await admin.get(`${place}/convergence`)).body;
    expect(late).toMatchObject({ polling: 0, stale: 250, leftOff: { troubled: 50 } });
    expect(late.troubled).toHaveLength(200);
  });
});

/** Makes an environment; answers its id. */
async function anEnvironment(key: string): Promise<string> {
  await admin.post('/api/v1/projects/default/environments', { key });
  const [row] = await database.query<{ id: string }>('select id from environment where key = $1', [key]);
  return row?.id ?? '';
}

it('answers a kill in its time while the database is too slow to say who else is there', async () => {
  const path = await aServedFlag('unhurried');
  await anInstance('stuck', server(0), { isWedged: true });
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table server_node');
  try {
    const { arrival } = (await admin.post(`${path}/kill?wait=300ms`, {})).body;
    expect(arrival).toMatchObject({ complete: false, connected: 1, applied: 0, pending: [{ instance: 'stuck' }] });
    // What it asks of the database is given up after 15 s.
    expect(arrival.ms).toBeLessThan(10_000);
  } finally {
    await holder.query('rollback');
    await holder.end();
  }
});

it('says what was done where the database fails while it waits', async () => {
  const path = await aServedFlag('half-done');
  await anInstance('stuck', server(0), { isWedged: true });
  const waiting = admin.post(`${path}/kill?wait=1s`, {});
  await expect.poll(async () => (await admin.get(path)).body.kill).not.toBeNull();
  await database.query('alter table sdk_key rename to sdk_key_away');
  try {
    expect((await waiting).body).toMatchObject({ killed: true, arrival: { pending: [{ instance: 'stuck', key: null }] } });
  } finally {
    await database.query('alter table sdk_key_away rename to sdk_key');
  }
});

describe('given a server that does not answer', () => {
  const silent = randomUUID();
  const seen = (ago: string) =>
    database.query(`insert into server_node (id, name, version, seen_at) values ($1, 'gone', '0', now() - interval '${ago}')`, [silent]);

  afterEach(() => database.query('delete from server_node where id = $1', [silent]));

  it('names it, and does not say that all is known', async () => {
    await seen('0 s');
    const { complete, servers: asked } = (await admin.get(`${DEVELOPMENT}/convergence`)).body;
    expect(complete).toBe(false);
    expect(asked.filter(({ answered }: { answered: boolean }) => !answered)).toMatchObject([{ id: silent, name: 'gone', alive: true }]);
    await expect.poll(() => database.query('select 1 from question')).toEqual([]);
  });

  it('confirms no kill while clients may still believe that they are connected to it', async () => {
    const path = await aServedFlag('silenced');
    await seen('10 s');
    const { arrival } = (await admin.post(`${path}/kill?wait=300ms`, {})).body;
    expect(arrival).toMatchObject({ complete: false, connected: 0, pending: [] });
    expect(arrival.servers).toEqual(expect.arrayContaining([expect.objectContaining({ id: silent, alive: false, answered: false })]));
    expect((await admin.get(`${DEVELOPMENT}/convergence`)).body.complete).toBe(false);
  });

  it('waits for it no longer once it is dead, and still names it', async () => {
    await seen('1 minute');
    const { complete, servers: asked } = (await admin.get(`${DEVELOPMENT}/convergence`)).body;
    expect(complete).toBe(true);
    expect(asked).toEqual(expect.arrayContaining([expect.objectContaining({ id: silent, alive: false, answered: false })]));
  });
});

it('answers a question that no notification told of', async () => {
  await anInstance('asked', server(1));
  const id = randomUUID();
  const question = { revision: 0, limit: 10, most: 10 };
  await database.query(
    `insert into question (id, asker, environment_id, content, expires_at) select $1, $1, id, $2, now() + interval '10 s' from environment where key = 'development'`,
    [id, JSON.stringify(question)],
  );
  const answers = () => database.query<{ content: string }>('select content from answer where question_id = $1', [id]);
  await expect.poll(async () => (await answers()).length, { timeout: 5_000 }).toBe(2);
  const connected = (await answers()).map(({ content }) => JSON.parse(content).connected);
  expect(connected.sort()).toEqual([0, 1]);
  await database.query('delete from question where id = $1', [id]);
});

it('names a server while it runs, and no longer once it has stopped', async () => {
  const names = async () => (await admin.get(`${DEVELOPMENT}/convergence`)).body.servers.length;
  const before = await names();
  const third = await aServer({ database });
  expect(await names()).toBe(before + 1);
  await third.stop();
  expect(await names()).toBe(before);
});
