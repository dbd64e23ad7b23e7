import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { SdkKeys } from '../../apps/server/src/access/index.js';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aDatabase, api, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

const KEYS = '/api/v1/projects/default/environments/development/keys';

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

async function aKey(name: string, kind = 'server'): Promise<{ id: string; secret: string }> {
  return (await admin.post(KEYS, { name, kind })).body;
}

async function connected(instance: string, key: string, at = server(1)): Promise<TestClient> {
  const client = new TestClient(at.url, { key, instance, sdk: 'test/1', since: 0 });
  clients.push(client);
  await client.saw('connect');
  return client;
}

it('makes a key of the same kind and name that takes over, and says until when the old one opens', async () => {
  const old = await aKey('shop', 'client');
  const before = Date.now();
  const rotated = await admin.post(`${KEYS}/${old.id}/rotate`, { grace: '2h', reason: 'yearly' });
  expect(rotated).toMatchObject({
    status: 201,
    body: { name: 'shop', kind: 'client', secret: expect.stringMatching(/^blst_cli_/), expiresAt: null, replacedBy: null },
  });
  expect(rotated.headers.get('location')).toBe(`${KEYS}/${rotated.body.id}`);
  const { replaces } = rotated.body;
  expect(replaces).toMatchObject({ id: old.id, name: 'shop', replacedBy: rotated.body.id, revokedAt: null });
  expect(Date.parse(replaces.expiresAt) - before).toBeGreaterThanOrEqual(7_200_000);
  expect(Date.parse(replaces.expiresAt) - before).toBeLessThan(7_300_000);
  for (const { secret } of [old, rotated.body]) {
    const answer = await fetch(`${server(1).url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${secret}` } });
    expect(answer.status).toBe(200);
  }
  const audited = (await admin.get('/api/v1/projects/default/changes?kind=key&key=shop&limit=2')).body.items;
  expect(audited.map(({ action, reason }: { action: string; reason: string }) => [action, reason])).toEqual([
    ['key.rotate', 'yearly'],
    ['key.create', 'yearly'],
  ]);
});

it('ends the new key when the old one would have ended, unless another moment is named', async () => {
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const aKeyThatEnds = async (name: string) => (await admin.post(KEYS, { name, kind: 'server', expiresAt })).body.id;
  const first = await admin.post(`${KEYS}/${await aKeyThatEnds('ends')}/rotate`, { grace: '1h' });
  expect(first.body).toMatchObject({ expiresAt, replaces: { expiresAt: expect.not.stringMatching(expiresAt) } });
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
  expect((await admin.post(`${KEYS}/${first.body.id}/rotate`, { expiresAt: later })).body).toMatchObject({ expiresAt: later });
  expect((await admin.post(`${KEYS}/${await aKeyThatEnds('stays')}/rotate`, { expiresAt: null })).body).toMatchObject({ expiresAt: null });
  const past = await admin.post(`${KEYS}/${await aKeyThatEnds('past')}/rotate`, { expiresAt: '2020-01-01T00:00:00Z' });
  expect(past.body).toMatchObject({ status: 400, problems: [{ path: '/expiresAt' }] });
});

it('shows which instances still use the old key, on all servers', async () => {
  const old = await aKey('api');
  const { body: fresh } = await admin.post(`${KEYS}/${old.id}/rotate`);
  await connected('late-1', old.secret, server(0));
  await connected('late-2', old.secret, server(1));
  await connected('early', fresh.secret, server(1));
  const names = async (id: string) => {
    const { body } = await admin.get(`${KEYS}/${id}/instances`);
    return [body.complete, body.instances, body.items.map(({ instance }: { instance: string }) => instance)];
  };
  expect(await names(old.id)).toEqual([true, 2, ['late-1', 'late-2']]);
  expect(await names(fresh.id)).toEqual([true, 1, ['early']]);
  const { keys } = (await admin.get('/api/v1/projects/default/environments/development/convergence')).body;
  expect(keys).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: old.id, instances: 2, replacedBy: fresh.id, expiresAt: expect.any(String) }),
      expect.objectContaining({ id: fresh.id, instances: 1, replacedBy: null, expiresAt: null }),
    ]),
  );
});

it('sends away whoever still holds the old key when the grace is over, on every server', async () => {
  const old = await aKey('short');
  const { body: fresh } = await admin.post(`${KEYS}/${old.id}/rotate`, { grace: '2s' });
  const [here, there, stays] = await Promise.all([
    connected('here', old.secret, server(0)),
    connected('there', old.secret, server(1)),
    connected('stays', fresh.secret, server(1)),
  ]);
  expect(await here.saw('goodbye')).toEqual({ reason: 'revoked' });
  expect(await there.saw('goodbye')).toEqual({ reason: 'revoked' });
  await here.saw('disconnect');
  expect(stays.socket.connected).toBe(true);
});

it('sends away whoever holds a revoked key where no notification comes', async () => {
  const key = await aKey('unheard');
  const client = await connected('unheard', key.secret, server(1));
  await database.query('update sdk_key set revoked_at = now() where id = $1', [key.id]);
  expect(await client.saw('goodbye')).toEqual({ reason: 'revoked' });
});

it('lets nobody in with a key that it has seen end, also while the database is away', async () => {
  const { id, secret } = await aKey('polls');
  const ask = () => fetch(`${server(1).url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await ask()).status).toBe(200);
  await database.query('update sdk_key set revoked_at = now() where id = $1', [id]);
  await expect.poll(() => server(1).app.get(SdkKeys).isHeld(secret), { timeout: 5_000 }).toBe(false);
  await database.query('alter table sdk_key rename to sdk_key_away');
  try {
    expect((await ask()).status).toBeGreaterThanOrEqual(500);
  } finally {
    await database.query('alter table sdk_key_away rename to sdk_key');
  }
});

it('rotates a key once, and none that has ended', async () => {
  const old = await aKey('once');
  const { body: fresh } = await admin.post(`${KEYS}/${old.id}/rotate`, { grace: '1h' });
  expect((await admin.post(`${KEYS}/${old.id}/rotate`)).body).toMatchObject({ status: 409, code: 'key.replaced', by: fresh.id });
  await admin.delete(`${KEYS}/${fresh.id}`);
  expect((await admin.post(`${KEYS}/${fresh.id}/rotate`)).body).toMatchObject({ status: 409, code: 'key.ended' });
  expect((await admin.post(`${KEYS}/00000000-0000-4000-8000-000000000000/rotate`)).body.code).toBe('key.not_found');
});

it('refuses a grace that is no duration, or too long', async () => {
  const { id } = await aKey('graceless');
  for (const grace of ['tomorrow', '31d', 3600, '-1h', '1.5h']) {
    expect((await admin.post(`${KEYS}/${id}/rotate`, { grace })).body).toMatchObject({ status: 400, problems: [{ path: '/grace' }] });
  }
});

it('is rehearsed without a secret and without a trace, and asks for the scope keys', async () => {
  const { id } = await aKey('rehearsed');
  const { body } = await admin.post(`${KEYS}/${id}/rotate?dryRun=true`, {});
  expect(body).toMatchObject({ dryRun: true, diff: [{ action: 'key.create' }, { action: 'key.rotate' }], result: { secret: null } });
  expect((await admin.get(KEYS)).body.items.filter(({ name }: { name: string }) => name === 'rehearsed')).toMatchObject([
    { replacedBy: null },
  ]);
  const { secret } = (await admin.post('/api/v1/tokens', { name: 'no keys', scopes: ['read', 'write', 'kill'] })).body;
  expect((await admin.post(`${KEYS}/${id}/rotate`, {}, { token: secret })).body.code).toBe('auth.forbidden');
});
