import type { ImportItem } from '@ballast/importers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FlagImports, type ImportRequest } from '../../apps/server/src/flags/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;
let admin: ReturnType<typeof api>;
let place: { projectId: string; environmentId: string };

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const rows = await server.database.query<{ projectId: string; environmentId: string }>(
    `SELECT project_id AS "projectId", id AS "environmentId" FROM environment WHERE key = 'development'`,
  );
  place = rows[0] ?? { projectId: '', environmentId: '' };
});

afterAll(() => server.stop());

function anItem(key: string, change: Partial<ImportItem> = {}): ImportItem {
  const config = { on: true, offVariant: null, rules: [], default: { variant: 'on' }, prerequisites: [] };
  return { key, type: 'boolean', variants: { on: true, off: false }, config, description: '', metadata: {}, notes: [], ...change };
}

function take(items: readonly ImportItem[], change: Partial<ImportRequest> = {}) {
  const actor = { name: 'import:test', scopes: ['write'] } as const;
  return server.app
    .get(FlagImports, { strict: false })
    .apply({ ...place, items, owner: 'team', ttlDays: 40, actor, dryRun: false, ...change });
}

async function revision(): Promise<number> {
  return (await admin.get('/api/v1/projects/default/environments/development')).body.revision;
}

it('takes flags with any Unicode key in one revision, and they work at every door', async () => {
  const keys = ['🚀', '日本語/flag', '__proto__', 'ключ %25', 'plain'];
  const before = await revision();
  const { result } = await take(keys.map((key) => anItem(key)));
  expect(result).toEqual(keys.map((key) => ({ key, outcome: 'created', reasons: [] })));
  expect(await revision()).toBe(before + 1);
  for (const key of keys) {
    const path = `${FLAGS}/${encodeURIComponent(key)}`;
    expect((await admin.get(path)).body).toMatchObject({ key, owner: 'team', kind: 'release', safeVariant: 'off' });
    expect((await admin.post(`${path}/environments/development/evaluate`, {})).body.resolution).toMatchObject({ flag: key, value: true });
    expect((await admin.post(`${path}/environments/development/kill`, {})).body).toMatchObject({ flag: key, serves: { variant: 'off' } });
    expect((await admin.get(`${path}/environments/production`)).body).toMatchObject({ on: false, version: 0 });
  }
});

it('changes nothing the second time, and only what differs the third', async () => {
  const items = Array.from({ length: 5 }, (_, i) => anItem(`again-${i}`, { metadata: { n: i } }));
  await take(items);
  const before = await revision();
  expect((await take(items)).result.map(({ outcome }) => outcome)).toEqual(items.map(() => 'unchanged'));
  expect(await revision()).toBe(before);
  const third = await take([...items.slice(0, 4), anItem('again-4', { metadata: { n: 5 } })]);
  expect(third.result.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged', 'changed']);
  expect(await revision()).toBe(before + 1);
});

it('keeps a kill, the salt and the other environments of a flag that it changes', async () => {
  await take([anItem('kept')]);
  await admin.put(`${FLAGS}/kept/environments/production`, { on: true, default: { variant: 'on' } });
  await admin.post(`${FLAGS}/kept/environments/development/kill`, {});
  const salt = () => server.database.query(`SELECT salt FROM flag WHERE key = 'kept'`);
  const before = await salt();
  await take([
    anItem('kept', { variants: { on: true, off: false, other: true }, config: { ...anItem('x').config, default: { variant: 'other' } } }),
  ]);
  expect((await admin.get(`${FLAGS}/kept/environments/development`)).body).toMatchObject({
    default: { variant: 'other' },
    kill: expect.anything(),
  });
  expect((await admin.post(`${FLAGS}/kept/environments/production/evaluate`, {})).body.resolution).toMatchObject({ value: true });
  expect(await salt()).toEqual(before);
});

it('takes what it can when others are refused, and rehearses without a trace', async () => {
  const items = [anItem('good'), anItem('bad', { config: { ...anItem('x').config, default: { variant: 'none' } } })];
  const rehearsed = await take(items, { dryRun: true });
  expect((await admin.get(`${FLAGS}/good`)).status).toBe(404);
  const { result } = await take(items);
  expect(result).toEqual(rehearsed.result);
  expect(result).toMatchObject([{ outcome: 'created' }, { outcome: 'refused', reasons: [expect.stringMatching(/no variant "none"/)] }]);
  expect((await admin.get(`${FLAGS}/bad`)).status).toBe(404);
});

it('writes an audit from which a configuration can be restored', async () => {
  await take([anItem('audited')]);
  const { items } = (await admin.get('/api/v1/projects/default/changes?kind=flag&key=audited')).body;
  expect(items.map(({ action, actor }: { action: string; actor: string }) => `${actor} ${action}`).sort()).toEqual([
    'import:test flag.configure',
    'import:test flag.create',
  ]);
  const path = `${FLAGS}/audited/environments/development`;
  await admin.put(path, { on: false });
  expect((await admin.post(`${path}/revert`, { changeId: items[0].id })).body).toMatchObject({ on: true, default: { variant: 'on' } });
});
