import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const PROJECT = '/api/v1/projects/default';
const SEGMENTS = `${PROJECT}/segments`;
const FLAGS = `${PROJECT}/flags`;
const germans = { attribute: 'country', op: 'in', values: ['DE'] };

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

async function aSegment(key: string, change: object = {}) {
  const created = await admin.post(SEGMENTS, { key, when: germans, ...change });
  expect(created.status).toBe(201);
  return created.body;
}

/** A flag whose rule in an environment names a segment. */
async function aUser(flag: string, segment: string, change: { clientVisible?: boolean; environment?: string } = {}) {
  const { clientVisible = false, environment = 'development' } = change;
  await admin.post(FLAGS, {
    key: flag,
    kind: 'permission',
    type: 'boolean',
    variants: { on: true, off: false },
    owner: 'team',
    clientVisible,
  });
  return admin.put(`${FLAGS}/${flag}/environments/${environment}`, {
    on: true,
    rules: [{ when: { segment }, serve: { variant: 'on' } }],
    default: { variant: 'off' },
  });
}

/** Which views of an environment hold a segment. */
async function viewsOf(key: string, environment = 'development') {
  const rows = await server.database.query<{ server: string; client: string | null }>(
    `SELECT s.server, s.client FROM snapshot_entry s JOIN environment e ON e.id = s.environment_id WHERE e.key = $1 AND s.kind = 'segment' AND s.key = $2`,
    [environment, key],
  );
  const [row] = rows;
  return { server: row ? JSON.parse(row.server) : null, client: row?.client ? JSON.parse(row.client) : null };
}

it('is created in every environment, patched under its ETag, listed and deleted', async () => {
  const created = await aSegment('life', { included: ['u1', 'u1', 'u2'], description: 'first' });
  expect(created).toMatchObject({
    key: 'life',
    name: 'life',
    by: 'targetingKey',
    included: ['u1', 'u2'],
    excluded: [],
    version: 1,
    usedBy: { flags: [], segments: [] },
  });
  for (const environment of ['development', 'production'])
    expect((await viewsOf('life', environment)).server).toMatchObject({ when: germans, included: ['u1', 'u2'] });

  const path = `${SEGMENTS}/life`;
  const patched = await admin.patch(path, { excluded: ['u2'], when: null, reason: 'lists only' }, { headers: { 'if-match': '"1"' } });
  expect(patched.body).toMatchObject({ version: 2, excluded: ['u2'], when: null });
  expect(patched.headers.get('etag')).toBe('"2"');
  expect((await viewsOf('life')).server).toMatchObject({ when: null, excluded: ['u2'] });
  expect((await admin.patch(path, { name: 'x' }, { headers: { 'if-match': '"1"' } })).body).toMatchObject({
    status: 412,
    current: { version: 2 },
  });

  const { items } = (await admin.get(`${SEGMENTS}?q=lif`)).body;
  expect(items).toEqual([
    { key: 'life', name: 'life', description: 'first', included: 2, excluded: 1, version: 2, updatedAt: expect.any(String) },
  ]);
  expect((await admin.post(SEGMENTS, { key: 'life' })).body).toMatchObject({ status: 409, code: 'segment.key_taken' });
  expect((await admin.delete(path)).status).toBe(200);
  expect((await admin.get(path)).body.code).toBe('segment.not_found');
  expect((await viewsOf('life')).server).toBeNull();
});

it('is replaced whole, so that its condition can become another one', async () => {
  await aSegment('replaced', { included: ['u1'], description: 'old' });
  const put = await admin.put(`${SEGMENTS}/replaced`, { when: { not: germans } }, { headers: { 'if-match': '"1"' } });
  expect(put.body).toMatchObject({ key: 'replaced', version: 2, when: { not: germans }, included: [], description: '' });
  expect((await viewsOf('replaced')).server).toMatchObject({ when: { not: germans }, included: [] });
  expect((await admin.put(`${SEGMENTS}/replaced`, {}, { headers: { 'if-match': '"1"' } })).status).toBe(412);
});

it('says where it is used, and cannot be deleted while it is', async () => {
  await aSegment('used');
  await aSegment('outer', { when: { all: [{ segment: 'used' }, germans] } });
  await aUser('uses-it', 'used', { environment: 'production' });
  const usedBy = { flags: [{ environment: 'production', flag: 'uses-it' }], segments: ['outer'] };
  expect((await admin.get(`${SEGMENTS}/used`)).body.usedBy).toEqual(usedBy);
  expect((await admin.delete(`${SEGMENTS}/used`)).body).toMatchObject({ status: 409, code: 'segment.in_use', usedBy });
  await admin.delete(`${FLAGS}/uses-it`);
  await admin.delete(`${SEGMENTS}/outer`);
  expect((await admin.delete(`${SEGMENTS}/used`)).status).toBe(200);
});

it('refuses circles, unknown segments and conditions that make no sense', async () => {
  await aSegment('a');
  await aSegment('b', { when: { segment: 'a' } });
  const circle = await admin.patch(`${SEGMENTS}/a`, { when: { attribute: null, op: null, values: null, not: { segment: 'b' } } });
  expect(circle.body).toMatchObject({
    code: 'segment.invalid',
    problems: [{ path: '/when', message: expect.stringMatching(/a → b → a/) }],
  });
  const itself = await admin.post(SEGMENTS, { key: 'self', when: { segment: 'self' } });
  expect(itself.body.problems[0].message).toMatch(/self → self/);
  const wrong = await admin.post(SEGMENTS, {
    key: 'wrong',
    when: { any: [{ segment: 'nobody' }, { attribute: 'v', op: 'semver_>', values: ['x'] }] },
  });
  expect(wrong.body.problems.map(({ path }: { path: string }) => path)).toEqual(['/when/any/0/segment', '/when/any/1/values/0']);
  expect(
    (await admin.post(SEGMENTS, { key: 'long', included: Array.from({ length: 10_001 }, (_, i) => `${i}`) })).body.problems[0].message,
  ).toMatch(/segmentMembers/);
});

describe('the client view', () => {
  it('holds a segment exactly while a client-visible flag reaches it, however far away', async () => {
    await aSegment('inner');
    await aSegment('middle', { when: { not: { segment: 'inner' } } });
    expect((await viewsOf('inner')).client).toBeNull();
    await aUser('seen', 'middle', { clientVisible: true });
    for (const key of ['inner', 'middle']) {
      const { server: full, client } = await viewsOf(key);
      expect(client).toEqual(full);
      expect((await viewsOf(key, 'production')).client).toBeNull();
    }
    await admin.patch(`${SEGMENTS}/middle`, { when: { not: null, ...germans } });
    expect((await viewsOf('inner')).client).toBeNull();
    expect((await viewsOf('middle')).client).toMatchObject({ when: germans });
    await admin.patch(`${FLAGS}/seen`, { clientVisible: false });
    expect((await viewsOf('middle')).client).toBeNull();
    await admin.patch(`${FLAGS}/seen`, { clientVisible: true });
    expect((await viewsOf('middle')).client).toMatchObject({ when: germans });
    await admin.delete(`${FLAGS}/seen`);
    expect((await viewsOf('middle')).client).toBeNull();
  });

  it('sends a segment that enters it in the same delta as the flag', async () => {
    await aSegment('together');
    await aUser('pair', 'together', { clientVisible: true });
    const rows = await server.database.query<{ client: string }>(
      `SELECT c.client FROM change c JOIN environment e ON e.id = c.environment_id WHERE e.key = 'development' ORDER BY c.revision DESC LIMIT 1`,
    );
    const changes = JSON.parse(rows[0]?.client ?? '[]').map(({ kind, key }: { kind: string; key: string }) => `${kind} ${key}`);
    expect(changes).toEqual(['segment together', 'flag pair']);
  });

  it('never gets members: neither the flag nor the segment can bring them there', async () => {
    await aSegment('members', { included: ['u1'] });
    await aSegment('around', { when: { segment: 'members' } });
    const refused = await aUser('browser', 'around', { clientVisible: true });
    expect(refused.body.problems).toEqual([{ path: '/rules/0/when', message: expect.stringMatching(/"members", which has lists/) }]);
    expect((await aUser('hidden', 'around')).status).toBe(200);
    expect((await admin.patch(`${FLAGS}/hidden`, { clientVisible: true })).body.problems[0].path).toBe(
      '/environments/development/rules/0/when',
    );
    await aSegment('open');
    await aUser('shown', 'open', { clientVisible: true });
    for (const patch of [{ excluded: ['u9'] }, { when: { attribute: null, op: null, values: null, segment: 'around' } }])
      expect((await admin.patch(`${SEGMENTS}/open`, patch)).body).toMatchObject({ status: 400, code: 'segment.invalid' });
  });
});

it('is there in a new environment, for servers only', async () => {
  await aSegment('early');
  expect((await admin.post(`${PROJECT}/environments`, { key: 'staging' })).status).toBe(201);
  expect(await viewsOf('early', 'staging')).toEqual({ server: expect.objectContaining({ when: germans }), client: null });
});
