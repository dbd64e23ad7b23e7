import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { applyDelta, type Delta, parseDelta, parseSnapshot, type SnapshotState, snapshotOf, stateFrom } from '@ballast/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SnapshotKeeper } from '../../apps/server/src/snapshots/index.js';
import { TestClient } from '../../libs/streaming/test/client.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;
let admin: ReturnType<typeof api>;
const clients: TestClient[] = [];

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.disconnect();
});

afterAll(() => server.stop());

const ask = (path: string, headers: Record<string, string> = {}, at = server) =>
  fetch(`${at.url}/sdk/v1/${path}`, { headers: { authorization: `Bearer ${at.serverKey}`, ...headers } });

async function snapshotAs(key: string, at = server): Promise<SnapshotState> {
  const snapshot = parseSnapshot(await (await ask('snapshot', { authorization: `Bearer ${key}` }, at)).json());
  const opened = typeof snapshot === 'string' ? { problem: snapshot } : stateFrom(snapshot);
  if ('problem' in opened) throw new Error(opened.problem);
  return opened.state;
}

function connect(key: string, since?: number, at = server): TestClient {
  const client = new TestClient(at.url, { key, instance: `i${clients.length}`, sdk: 'test/1', ...(since !== undefined && { since }) });
  clients.push(client);
  return client;
}

/** A client that holds the snapshot and is connected, and what it holds once it was led to a revision. */
async function aFollower(key: string, at = server) {
  const state = await snapshotAs(key, at);
  const client = connect(key, state.revision, at);
  await client.saw('connect');
  const led = async (to: number) => {
    await client.until((messages) => messages.some(([event, content]) => event === 'delta' && Object(content).to >= to));
    for (const [event, content] of client.messages)
      if (event === 'delta') expect(applyDelta(state, delta(content)).outcome).not.toBe('resync');
    return state;
  };
  return { state, client, led };
}

function delta(content: unknown): Delta {
  const parsed = parseDelta(content);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

async function create(key: string, change: object = {}, at = admin): Promise<void> {
  const flag = { key, kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 30, ...change };
  expect((await at.post(FLAGS, flag)).body).toMatchObject({ key });
}

/** Waits until the server serves everything that was written. */
async function settled(): Promise<void> {
  const rows = await server.database.query<{ id: string }>("SELECT id FROM environment WHERE key = 'development'");
  await server.app.get(SnapshotKeeper).refresh(rows[0]?.id ?? '');
}

async function revision(): Promise<number> {
  await settled();
  return (await snapshotAs(server.serverKey)).revision;
}

it('lets nobody in without a key, not even where nothing is served', async () => {
  const elsewhere = connect('no key of ours').socket.io.socket('/');
  const outcome = await new Promise((resolve) => {
    elsewhere.on('connect', () => resolve('connected'));
    elsewhere.on('connect_error', ({ message }) => resolve(message));
  });
  expect(outcome).toBe('there is nothing here');
});

it('slows down an address that tries out keys, and lets in whom it knows all the same', async () => {
  const guarded = await aServer();
  const refusal = async (key: string) => {
    const client = new TestClient(guarded.url, { key, instance: 'guesser', sdk: 'test/1' });
    clients.push(client);
    return client.saw('refused');
  };
  await connect(guarded.serverKey, undefined, guarded).saw('connect');
  const answers: unknown[] = [];
  for (let attempt = 0; attempt < 21; attempt++) answers.push(await refusal(`guess-number-${attempt}`));
  expect(answers[0]).toEqual({ status: 401, code: 'auth.invalid' });
  expect(answers[20]).toEqual({ status: 429, code: 'auth.throttled' });
  await connect(guarded.serverKey, undefined, guarded).saw('connect');
  await guarded.stop();
});

describe('over the socket', () => {
  it('every change reaches a client as one chain that leads to what a new client fetches', async () => {
    const { state, led } = await aFollower(server.serverKey);
    const before = state.revision;
    for (const key of ['chain-1', 'chain-2', '__proto__x']) await create(key);
    await led(before + 3);
    expect(snapshotOf(state)).toEqual(snapshotOf(await snapshotAs(server.serverKey)));
    expect(state.flags.get('chain-2')?.source).toMatchObject({ state: 'off' });
  });

  it('a kill arrives as the killed flag', async () => {
    await create('killed-live');
    await settled();
    const { state, led } = await aFollower(server.serverKey);
    const killed = await admin.post(`${FLAGS}/killed-live/environments/development/kill`, { reason: 'drill' });
    expect(killed.status).toBe(200);
    await led(state.revision + 1);
    expect(state.flags.get('killed-live')?.source.state).toBe('killed');
  });

  it('a client key sees what is client-visible, and the revision of everything else', async () => {
    const { state, client, led } = await aFollower(server.clientKey);
    const before = state.revision;
    await create('hidden');
    await create('shown', { clientVisible: true });
    await led(before + 2);
    expect(state.flags.has('hidden')).toBe(false);
    expect(state.flags.has('shown')).toBe(true);
    expect(client.messages.find(([, content]) => Object(content).to === before + 1)?.[1]).toMatchObject({ changes: [] });
    expect(snapshotOf(state)).toEqual(snapshotOf(await snapshotAs(server.clientKey)));
  });

  it('a client that was away is led on with one delta', async () => {
    const state = await snapshotAs(server.serverKey);
    await create('away-1');
    await create('away-2');
    const now = await revision();
    const merged = delta(await connect(server.serverKey, state.revision).saw('delta'));
    expect(merged).toMatchObject({ from: state.revision, to: now });
    expect(applyDelta(state, merged).outcome).toBe('applied');
  });

  it('a key that opens nothing is refused for good', async () => {
    expect(await connect('blst_srv_nonsense').saw('refused')).toEqual({ status: 401, code: 'auth.invalid' });
  });

  it('a revoked key is sent away at once, over HTTP too', async () => {
    const keys = '/api/v1/projects/default/environments/development/keys';
    const { body: key } = await admin.post(keys, { name: 'short-lived', kind: 'server' });
    const { client } = await aFollower(key.secret);
    expect((await admin.delete(`${keys}/${key.id}`)).status).toBe(200);
    await client.saw('disconnect');
    expect(client.messages).toContainEqual(['goodbye', { reason: 'revoked' }]);
    expect((await ask('snapshot', { authorization: `Bearer ${key.secret}` })).status).toBe(401);
    expect(await connect(key.secret).saw('refused')).toEqual({ status: 401, code: 'auth.invalid' });
  });

  it('a key that runs out is sent away', async () => {
    const keys = '/api/v1/projects/default/environments/development/keys';
    const { body: key } = await admin.post(keys, { name: 'runs-out', kind: 'server' });
    const { client } = await aFollower(key.secret);
    await server.database.query("UPDATE sdk_key SET expires_at = now() - interval '1 second' WHERE id = $1", [key.id]);
    expect(await client.saw('goodbye')).toEqual({ reason: 'revoked' });
  });

  it('a new environment is served as soon as it has a key', async () => {
    const environments = '/api/v1/projects/default/environments';
    expect((await admin.post(environments, { key: 'staging', name: 'Staging' })).status).toBe(201);
    const { body: key } = await admin.post(`${environments}/staging/keys`, { name: 'new', kind: 'server' });
    const state = await snapshotAs(key.secret);
    expect(state.environment).toBe('default/staging');
    expect(state.flags.size).toBeGreaterThan(0);
  });
});

describe('over HTTP', () => {
  it('a snapshot comes with a validator, and is not sent again to who holds it', async () => {
    const first = await ask('snapshot');
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const held of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await ask('snapshot', { 'if-none-match': held });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    await create('moves-etag');
    await settled();
    const later = await ask('snapshot', { 'if-none-match': etag });
    expect(later.status).toBe(200);
    expect(later.headers.get('etag')).not.toBe(etag);
  });

  it('the two views never share a validator', async () => {
    const client = await ask('snapshot', { authorization: `Bearer ${server.clientKey}` });
    expect(client.headers.get('etag')).not.toBe((await ask('snapshot')).headers.get('etag'));
  });

  it('a snapshot is compressed for who can read that', async () => {
    const plain = await rawSnapshot('identity');
    const small = await rawSnapshot('gzip;q=0.5, br');
    expect(plain.encoding).toBeUndefined();
    expect(small.encoding).toBe('gzip');
    expect(gunzipSync(small.bytes)).toEqual(plain.bytes);
    expect((await rawSnapshot('gzip;q=0')).encoding).toBeUndefined();
  });

  it('changes are one delta, or nothing, or gone', async () => {
    const state = await snapshotAs(server.serverKey);
    const nothing = await ask(`changes?since=${state.revision}`);
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
    await create('polled');
    await settled();
    const changes = await ask(`changes?since=${state.revision}`);
    expect(applyDelta(state, delta(await changes.json())).outcome).toBe('applied');
    const gone = await ask(`changes?since=${state.revision + 1000}`);
    expect(gone.headers.get('content-type')).toMatch('application/problem+json');
    expect(await gone.json()).toMatchObject({ status: 410, code: 'snapshot.changes_gone' });
  });

  it('refuses what it cannot read, and whom it does not know', async () => {
    for (const query of ['', '?since=', '?since=-1', '?since=x', '?since=1&more=2', '?since=99999999999999999']) {
      expect(await (await ask(`changes${query}`)).json()).toMatchObject({ status: 400, code: 'request.invalid' });
    }
    expect(await (await fetch(`${server.url}/sdk/v1/snapshot`)).json()).toMatchObject({ status: 401, code: 'auth.missing' });
    expect(await (await ask('snapshot', { authorization: 'Bearer nonsense' })).json()).toMatchObject({ status: 401, code: 'auth.invalid' });
  });
});

describe('given two servers on one database', () => {
  it('a change made at one reaches the clients of the other', async () => {
    const other = await aServer({ database: server.database });
    try {
      const { state, led } = await aFollower(server.serverKey, other);
      await create('from-afar');
      await led(state.revision + 1);
      expect(state.flags.has('from-afar')).toBe(true);
    } finally {
      await other.stop();
    }
  });

  it('a server that has just started leads on from the log in the database', async () => {
    const state = await snapshotAs(server.serverKey);
    const held = state.revision;
    await create('before-start');
    await settled();
    const other = await aServer({ database: server.database });
    try {
      const changes = await ask(`changes?since=${state.revision}`, {}, other);
      expect(applyDelta(state, delta(await changes.json())).outcome).toBe('applied');
      expect(await connect(server.serverKey, held, other).saw('delta')).toMatchObject({ from: held, to: state.revision });
    } finally {
      await other.stop();
    }
  });

  it('a server whose log was pruned sends who is older to the snapshot', async () => {
    await server.database.query(
      'SET session_replication_role = replica; DELETE FROM change WHERE revision = 1; RESET session_replication_role',
    );
    const other = await aServer({ database: server.database });
    try {
      expect(await (await ask('changes?since=0', {}, other)).json()).toMatchObject({ status: 410, code: 'snapshot.changes_gone' });
      expect((await ask('changes?since=1', {}, other)).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it('a server that stops hands its clients over', async () => {
    const other = await aServer({ database: server.database });
    const { client } = await aFollower(server.serverKey, other);
    await other.stop();
    expect(client.messages.slice(-2)).toEqual([
      ['goodbye', { reason: 'draining' }],
      ['disconnect', null],
    ]);
  });
});

describe('when something goes wrong', () => {
  it('a change arrives although the notification was lost with its connection', async () => {
    const { state, led } = await aFollower(server.serverKey);
    await server.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ballast-listener' AND datname = current_database()",
    );
    await create('unheard');
    await led(state.revision + 1);
    expect(state.flags.has('unheard')).toBe(true);
  });

  it('a log that does not lead to what is stored makes the server load it whole, tell its clients, and put it right', async () => {
    const { state, client } = await aFollower(server.serverKey);
    await server.database.query('UPDATE revision SET server_checksum = (server_checksum + 1) % 4294967296');
    await create('after-corruption');
    expect(await client.saw('reset')).toMatchObject({ revision: state.revision + 1 });
    await settled();
    const whole = await snapshotAs(server.serverKey);
    expect(whole.flags.has('after-corruption')).toBe(true);
    await create('after-correction');
    expect(applyDelta(whole, delta(await client.saw('delta'))).outcome).toBe('applied');
  });

  it('a database that was set back takes its clients back', async () => {
    await create('undone');
    await settled();
    const { state, client } = await aFollower(server.serverKey);
    const back = state.revision - 1;
    await server.database.query(`
      SET session_replication_role = replica;
      DELETE FROM snapshot_entry WHERE key = 'undone';
      DELETE FROM change WHERE revision = ${state.revision} AND server LIKE '%undone%';
      UPDATE revision r SET current = c.revision, server_checksum = c.server_checksum, client_checksum = c.client_checksum
        FROM change c WHERE c.environment_id = r.environment_id AND c.revision = ${back} AND r.current = ${state.revision};
      RESET session_replication_role`);
    const reset = await client.saw('reset');
    const after = await snapshotAs(server.serverKey);
    expect(reset).toEqual({ revision: back, checksum: after.checksum });
    expect([after.revision, after.flags.has('undone')]).toEqual([back, false]);
  });
});

/** The bytes as they travel, which `fetch` would have unpacked. */
async function rawSnapshot(acceptEncoding: string): Promise<{ encoding: string | undefined; bytes: Buffer }> {
  const headers = { authorization: `Bearer ${server.serverKey}`, 'accept-encoding': acceptEncoding };
  return new Promise((resolve, reject) => {
    get(`${server.url}/sdk/v1/snapshot`, { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}
