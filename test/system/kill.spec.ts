import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

/** A flag that serves `true` to everyone in development; answers the path of its configuration there. */
async function aServedFlag(key: string, change: object = {}): Promise<string> {
  const flag = { key, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7, ...change };
  expect((await admin.post(FLAGS, flag)).status).toBe(201);
  const path = `${FLAGS}/${key}/environments/development`;
  expect((await admin.put(path, { on: true, default: { variant: 'on' } })).status).toBe(200);
  return path;
}

async function answerOf(path: string) {
  return (await admin.post(`${path}/evaluate`, { context: {} })).body.resolution;
}

async function aToken(scopes: readonly string[]): Promise<{ token: string }> {
  return { token: (await admin.post('/api/v1/tokens', { name: `only ${scopes.join()}`, scopes })).body.secret };
}

it('serves the safe variant at once and says so; a restore serves the configuration again', async () => {
  const path = await aServedFlag('checkout');
  const etag = (await admin.get(path)).headers.get('etag');
  expect(await answerOf(path)).toMatchObject({ value: true });

  const killed = await admin.post(`${path}/kill`, { reason: 'error rate up' });
  expect(killed.status).toBe(200);
  expect(killed.body).toEqual({
    flag: 'checkout',
    environment: 'development',
    killed: true,
    changed: true,
    kill: { actor: expect.any(String), reason: 'error rate up', killedAt: expect.any(String) },
    serves: { variant: 'off', value: false },
    revision: expect.any(Number),
  });
  expect(await answerOf(path)).toMatchObject({ value: false, variant: 'off', reason: 'DISABLED', metadata: { killed: true } });
  expect((await admin.get(path)).body).toMatchObject({ on: true, kill: killed.body.kill });
  expect((await admin.get(path)).headers.get('etag')).toBe(etag);

  const restored = await admin.post(`${path}/restore`, { reason: 'mended' });
  expect(restored.body).toMatchObject({ killed: false, changed: true, kill: null, serves: null, revision: killed.body.revision + 1 });
  expect(await answerOf(path)).toMatchObject({ value: true, reason: 'STATIC' });
});

it('keeps the first actor, reason and time when it is killed again, and needs no body', async () => {
  const path = await aServedFlag('twice');
  const first = (await admin.post(`${path}/kill`)).body;
  expect(first).toMatchObject({ changed: true, kill: { reason: null } });
  const again = (await admin.post(`${path}/kill`, { reason: 'me too' }, await aToken(['kill']))).body;
  expect(again).toEqual({ ...first, changed: false, revision: null });
});

it('asks for a reason to restore, and restoring what is not killed changes nothing', async () => {
  const path = await aServedFlag('reasons');
  expect((await admin.post(`${path}/restore`, {})).body).toMatchObject({ status: 400, problems: [{ path: '/reason' }] });
  expect((await admin.post(`${path}/restore`, { reason: 'nothing' })).body).toMatchObject({
    killed: false,
    changed: false,
    revision: null,
  });
});

it('stays killed whatever is saved: configuration, flag, copy and revert', async () => {
  const path = await aServedFlag('stays');
  const { changeId } = await lastChange('stays');
  await admin.post(`${path}/kill`, {});
  const saves = [
    await admin.put(path, { on: true, default: { variant: 'on' }, rules: [{ when: { all: [] }, serve: { variant: 'on' } }] }),
    await admin.patch(`${FLAGS}/stays`, { metadata: { a: 1 } }),
    await admin.post(`${path}/revert`, { changeId }),
    await admin.post(`${path}/copy`, { from: 'production' }),
  ];
  expect(saves.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await answerOf(path)).toMatchObject({ value: false, reason: 'DISABLED', metadata: { a: 1, killed: true } });
});

it('beats rules and prerequisites, and a prerequisite that is killed does not hold', async () => {
  const base = await aServedFlag('base');
  const path = await aServedFlag('above');
  await admin.put(path, { on: true, prerequisites: [{ flag: 'base', variants: ['on'] }], default: { variant: 'on' } });
  expect(await answerOf(path)).toMatchObject({ value: true });
  await admin.post(`${base}/kill`, {});
  expect(await answerOf(path)).toMatchObject({ value: false, reason: 'DISABLED', metadata: { prerequisite: 'base' } });
});

it('serves the safe variant of the flag, else the off variant, else the code default', async () => {
  const text = { type: 'string', variants: { on: 'new', off: 'old', safe: 'static' } };
  const named = await aServedFlag('named', { ...text, safeVariant: 'safe' });
  expect((await admin.post(`${named}/kill`, {})).body.serves).toEqual({ variant: 'safe', value: 'static' });
  const off = await aServedFlag('unnamed', text);
  await admin.put(off, { on: true, offVariant: 'off', default: { variant: 'on' } });
  expect((await admin.post(`${off}/kill`, {})).body.serves).toEqual({ variant: 'off', value: 'old' });
  const none = await aServedFlag('nothing', text);
  expect((await admin.post(`${none}/kill`, {})).body.serves).toBeNull();
  expect(await answerOf(none)).not.toHaveProperty('value');
});

it('concerns one environment', async () => {
  const path = await aServedFlag('one-place');
  await admin.post(`${path}/kill`, {});
  expect((await admin.get(`${FLAGS}/one-place`)).body.environments).toEqual(
    expect.arrayContaining([
      { environment: 'development', on: true, killed: true },
      { environment: 'production', on: false, killed: false },
    ]),
  );
});

it('needs the scope kill and nothing more', async () => {
  const path = await aServedFlag('scoped');
  expect((await admin.post(`${path}/kill`, {}, await aToken(['read', 'write']))).body.code).toBe('auth.forbidden');
  expect((await admin.post(`${path}/kill`, {}, await aToken(['kill']))).status).toBe(200);
});

it('is in the audit with its reason', async () => {
  const path = await aServedFlag('audited');
  await admin.post(`${path}/kill`, { reason: 'smoke' });
  expect(await lastChange('audited')).toMatchObject({ action: 'flag.kill', reason: 'smoke', environment: 'development' });
});

async function lastChange(flag: string) {
  const { items } = (await admin.get(`/api/v1/projects/default/changes?kind=flag&key=${flag}&limit=1`)).body;
  return { ...items[0], changeId: items[0].id };
}
