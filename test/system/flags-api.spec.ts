import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const DAY = 86_400_000;

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

function aFlag(key: string, change: object = {}) {
  return { key, kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 30, ...change };
}

function configOf(flag: string, environment = 'development') {
  return `${FLAGS}/${encodeURIComponent(flag)}/environments/${environment}`;
}

/** What a client of an environment holds of a flag, at which revision. */
async function served(flag: string, view: 'server' | 'client' = 'server', environment = 'development') {
  const rows = await server.database.query<{ entry: string | null }>(
    `SELECT s.${view} AS entry FROM snapshot_entry s JOIN environment e ON e.id = s.environment_id WHERE e.key = $1 AND s.kind = 'flag' AND s.key = $2`,
    [environment, flag],
  );
  const text = rows[0]?.entry ?? null;
  return text === null ? null : JSON.parse(text);
}

async function revisionOf(environment = 'development'): Promise<number> {
  const rows = await server.database.query<{ current: string }>(
    'SELECT r.current FROM revision r JOIN environment e ON e.id = r.environment_id WHERE e.key = $1',
    [environment],
  );
  return Number(rows[0]?.current);
}

describe('creating a flag', () => {
  it('serves it switched off in every environment, and answers it whole', async () => {
    const created = await admin.post(FLAGS, aFlag('created', { tags: ['shop'], description: 'New basket', reason: 'try it' }));
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${FLAGS}/created`);
    expect(created.headers.get('etag')).toBe('"1"');
    expect(created.body).toMatchObject({
      key: 'created',
      name: 'created',
      kind: 'release',
      type: 'boolean',
      variants: { on: true, off: false },
      safeVariant: 'off',
      owner: 'team-shop',
      tags: ['shop'],
      clientVisible: false,
      schema: null,
      metadata: {},
      archivedAt: null,
      environments: expect.arrayContaining([
        { environment: 'development', on: false, killed: false },
        { environment: 'production', on: false, killed: false },
      ]),
    });
    expect(Date.parse(created.body.expiresAt) - Date.parse(created.body.createdAt)).toBe(30 * DAY);
    expect((await admin.get(`${FLAGS}/created`)).body).toEqual(created.body);
    for (const environment of ['development', 'production'])
      expect(await served('created', 'server', environment)).toMatchObject({ state: 'off', offVariant: 'off', default: { variant: 'on' } });
    expect(await served('created', 'client')).toBeNull();
  });

  it('reports every problem at once and saves nothing', async () => {
    const before = await revisionOf();
    const refused = await admin.post(FLAGS, {
      key: 'wrong',
      kind: 'experiment',
      type: 'string',
      variants: { a: 'x', b: 2 },
      safeVariant: 'c',
    });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toMatch('application/problem+json');
    expect(refused.body.code).toBe('flag.invalid');
    expect(refused.body.problems.map(({ path }: { path: string }) => path)).toEqual([
      '/owner',
      '/expiresAt',
      '/variants/b',
      '/safeVariant',
    ]);
    expect(refused.body.problems[1].message).toMatch(/40 days/);
    expect((await admin.get(`${FLAGS}/wrong`)).status).toBe(404);
    expect(await revisionOf()).toBe(before);
  });

  it('takes a key once, for ever', async () => {
    await admin.post(FLAGS, aFlag('once'));
    expect((await admin.post(FLAGS, aFlag('once'))).body).toMatchObject({ status: 409, code: 'flag.key_taken' });
    expect((await admin.delete(`${FLAGS}/once`)).status).toBe(200);
    expect((await admin.post(FLAGS, aFlag('once'))).body).toMatchObject({ status: 409, code: 'flag.key_taken' });
  });

  it('answers a dry run with the diff and saves nothing', async () => {
    const before = await revisionOf();
    const dry = await admin.post(`${FLAGS}?dryRun=true`, aFlag('dry'));
    expect(dry.body).toMatchObject({ dryRun: true, result: { key: 'dry' }, diff: [{ action: 'flag.create', kind: 'flag', key: 'dry' }] });
    expect((await admin.get(`${FLAGS}/dry`)).status).toBe(404);
    expect(await revisionOf()).toBe(before);
  });

  it('checks config values against their JSON Schema', async () => {
    const schema = { type: 'object', properties: { perMinute: { type: 'integer', maximum: 100 } }, required: ['perMinute'] };
    const config = { kind: 'config', type: 'object', schema, ttlDays: undefined };
    const refused = await admin.post(
      FLAGS,
      aFlag('limits', { ...config, variants: { normal: { perMinute: 50 }, wild: { perMinute: 500 } } }),
    );
    expect(refused.body.problems).toEqual([{ path: '/variants/wild', message: expect.stringMatching(/must be <= 100/) }]);
    const created = await admin.post(FLAGS, aFlag('limits', { ...config, variants: { normal: { perMinute: 50 } } }));
    expect(created.body).toMatchObject({ schema, expiresAt: null });
  });
});

describe('a configuration', () => {
  it('is replaced whole and compiled', async () => {
    await admin.post(FLAGS, aFlag('shop'));
    const put = await admin.put(configOf('shop'), {
      on: true,
      rules: [{ when: { attribute: 'country', op: 'in', values: ['DE'] }, serve: { variant: 'on' } }],
      default: {
        split: {
          percentages: [
            { variant: 'on', percent: 12.5 },
            { variant: 'off', percent: 87.5 },
          ],
        },
      },
    });
    expect(put.status).toBe(200);
    expect(put.headers.get('etag')).toBe('"1"');
    expect(put.body).toMatchObject({
      flag: 'shop',
      environment: 'development',
      on: true,
      offVariant: 'off',
      version: 1,
      rules: [{ id: 'rule-1' }],
      kill: null,
    });
    const flag = await served('shop');
    expect(flag).toMatchObject({
      state: 'on',
      version: await revisionOf(),
      rules: [{ id: 'rule-1', serve: { variant: 'on' } }],
      default: { split: { by: 'targetingKey', hash: 'native', share: 12_500, weights: [['on', 1]], rest: 'off' } },
    });
    expect(await served('shop', 'server', 'production')).toMatchObject({ state: 'off' });
    expect((await admin.get(configOf('shop'))).body).toEqual(put.body);
  });

  it('is guarded by its ETag: a stale writer gets the newer value', async () => {
    await admin.post(FLAGS, aFlag('guarded'));
    const seen = (await admin.get(configOf('guarded'))).headers.get('etag') ?? '';
    expect(seen).toBe('"0"');
    expect((await admin.put(configOf('guarded'), { on: true }, { headers: { 'if-match': seen } })).status).toBe(200);
    const stale = await admin.put(configOf('guarded'), { on: false }, { headers: { 'if-match': seen } });
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({ code: 'config.stale', current: { on: true, version: 1 } });
  });

  it('gets no revision when nothing that is served changes', async () => {
    await admin.post(FLAGS, aFlag('same'));
    const config = {
      on: true,
      rules: [{ when: { attribute: 'a', op: 'exists', values: [] }, serve: { variant: 'on' } }],
      default: { variant: 'off' },
    };
    await admin.put(configOf('same'), config);
    const before = await revisionOf();
    expect((await admin.put(configOf('same'), config)).body.version).toBe(2);
    await admin.patch(`${FLAGS}/same`, { description: 'only for people' });
    expect(await revisionOf()).toBe(before);
  });

  it('reports every problem with its place', async () => {
    await admin.post(FLAGS, aFlag('broken'));
    const semantic = await admin.put(configOf('broken'), {
      on: true,
      offVariant: 'none',
      rules: [{ when: { segment: 'nobody' }, serve: { variant: 'also-none' } }],
      prerequisites: [{ flag: 'nothing', variants: ['on'] }],
    });
    expect(semantic.body.code).toBe('config.invalid');
    expect(semantic.body.problems.map(({ path }: { path: string }) => path)).toEqual([
      '/offVariant',
      '/rules/0/serve/variant',
      '/rules/0/when/segment',
      '/prerequisites/0/flag',
    ]);
    const shape = await admin.put(configOf('broken'), {
      on: 'yes',
      rules: [
        {
          when: { all: [{ attribute: 'a', op: 'like', values: ['x'] }] },
          serve: { split: { percentages: [{ variant: 'on', percent: 99 }] } },
        },
      ],
      extra: 1,
    });
    expect(shape.body.code).toBe('request.invalid');
    expect(shape.body.problems.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/extra',
      '/on',
      '/rules/0/serve/split/percentages',
      '/rules/0/when/all/0/op',
    ]);
  });

  it('goes back to how it was after a change, and comes from another environment', async () => {
    await admin.post(FLAGS, aFlag('history'));
    await admin.put(configOf('history'), { on: true, default: { variant: 'on' } });
    const [change] = (await admin.get('/api/v1/projects/default/changes?kind=flag&key=history&limit=1')).body.items;
    await admin.put(configOf('history'), { on: true, default: { variant: 'off' } });
    const copied = await admin.post(`${configOf('history', 'production')}/copy`, { from: 'development' });
    expect(copied.body).toMatchObject({ environment: 'production', on: true, default: { variant: 'off' } });
    const reverted = await admin.post(`${configOf('history')}/revert`, { changeId: change.id, reason: 'it was better' });
    expect(reverted.body).toMatchObject({ version: 3, default: { variant: 'on' } });
    expect((await admin.post(`${configOf('history')}/revert`, { changeId: '999999999' })).body.code).toBe('change.not_found');
  });
});

describe('patching a flag', () => {
  it('merges, guards with If-Match and is felt in every environment', async () => {
    await admin.post(FLAGS, aFlag('patched', { metadata: { team: 'shop', tier: 1 } }));
    const patched = await admin.patch(
      `${FLAGS}/patched`,
      { metadata: { tier: null, page: true }, clientVisible: true },
      { headers: { 'if-match': '"1"' } },
    );
    expect(patched.body).toMatchObject({ version: 2, metadata: { team: 'shop', page: true }, clientVisible: true });
    for (const environment of ['development', 'production'])
      expect(await served('patched', 'client', environment)).toMatchObject({ metadata: { team: 'shop', page: true } });
    const stale = await admin.patch(`${FLAGS}/patched`, { name: 'x' }, { headers: { 'if-match': '"1"' } });
    expect(stale.body).toMatchObject({ status: 412, current: { version: 2 } });
    expect((await admin.patch(`${FLAGS}/patched`, { clientVisible: false })).status).toBe(200);
    expect(await served('patched', 'client')).toBeNull();
  });

  it('keeps variants that a configuration or another flag names', async () => {
    await admin.post(FLAGS, aFlag('base', { variants: { on: true, off: false, maybe: true } }));
    await admin.post(FLAGS, aFlag('dependent'));
    await admin.put(configOf('base', 'production'), { on: true, default: { variant: 'maybe' } });
    await admin.put(configOf('dependent'), { on: true, prerequisites: [{ flag: 'base', variants: ['maybe'] }] });
    const refused = await admin.patch(`${FLAGS}/base`, { variants: { maybe: null } });
    expect(refused.body.problems.map(({ path }: { path: string }) => path)).toEqual([
      '/environments/production/default/variant',
      '/variants/maybe',
    ]);
    expect((await admin.delete(`${FLAGS}/base`)).body).toMatchObject({
      code: 'flag.in_use',
      usedBy: [{ environment: 'development', flag: 'dependent' }],
    });
  });

  it('asks for an end when the flag becomes temporary, and never changes key or type', async () => {
    await admin.post(FLAGS, aFlag('permanent', { kind: 'permission', ttlDays: undefined }));
    expect((await admin.patch(`${FLAGS}/permanent`, { kind: 'migration' })).body.problems[0]).toMatchObject({
      path: '/expiresAt',
      message: expect.stringMatching(/90 days/),
    });
    expect((await admin.patch(`${FLAGS}/permanent`, { kind: 'migration', ttlDays: 5 })).status).toBe(200);
    const refused = await admin.patch(`${FLAGS}/permanent`, { key: 'other', type: 'string' });
    expect(refused.body.problems.map(({ path }: { path: string }) => path)).toEqual(['/key', '/type']);
  });
});

it('an archived flag is gone for clients, stays readable and is never changed again', async () => {
  await admin.post(FLAGS, aFlag('old'));
  const archived = await admin.delete(`${FLAGS}/old`);
  expect(archived.body).toMatchObject({ key: 'old', archivedAt: expect.any(String) });
  expect(await served('old')).toBeNull();
  expect((await admin.get(`${FLAGS}/old`)).body).toEqual(archived.body);
  expect((await admin.delete(`${FLAGS}/old`)).body).toEqual(archived.body);
  for (const refused of [
    await admin.patch(`${FLAGS}/old`, { name: 'x' }),
    await admin.put(configOf('old'), { on: true }),
    await admin.post(`${configOf('old')}/kill`),
  ])
    expect(refused.body).toMatchObject({ status: 409, code: 'flag.archived' });
});

it('a new environment has every flag, switched off', async () => {
  await admin.post(FLAGS, aFlag('everywhere', { clientVisible: true }));
  await admin.put(configOf('everywhere'), { on: true });
  expect((await admin.post('/api/v1/projects/default/environments', { key: 'staging' })).status).toBe(201);
  expect(await served('everywhere', 'client', 'staging')).toMatchObject({ state: 'off' });
  expect((await admin.put(configOf('everywhere', 'staging'), { on: true })).status).toBe(200);
});

describe('the list of flags', () => {
  const list = async (query: string): Promise<string[]> =>
    (await admin.get(`${FLAGS}?${query}`)).body.items.map(({ key }: { key: string }) => key);

  beforeAll(async () => {
    const soon = new Date(Date.now() + 2 * DAY).toISOString();
    await admin.post(FLAGS, aFlag('list-1', { owner: 'team-list', tags: ['x', 'y'], ttlDays: undefined, expiresAt: soon }));
    await admin.post(FLAGS, aFlag('list-2', { owner: 'team-list', kind: 'experiment', name: '100% sure_thing' }));
    await admin.post(FLAGS, aFlag('list-3', { owner: 'team-list', tags: ['x'] }));
    await admin.post(FLAGS, aFlag('list-4', { owner: 'team-list' }));
    await admin.delete(`${FLAGS}/list-4`);
    await admin.post(`${configOf('list-3', 'production')}/kill`);
    await server.database.query("UPDATE flag SET expires_at = now() - interval '1 day' WHERE key = 'list-2'");
  });

  it('filters', async () => {
    const before = encodeURIComponent(new Date(Date.now() + 3 * DAY).toISOString());
    expect(await list('owner=team-list')).toEqual(['list-1', 'list-2', 'list-3']);
    expect(await list('owner=team-list&tag=x')).toEqual(['list-1', 'list-3']);
    expect(await list('owner=team-list&kind=experiment')).toEqual(['list-2']);
    expect(await list('owner=team-list&state=archived')).toEqual(['list-4']);
    expect(await list('owner=team-list&state=expired')).toEqual(['list-2']);
    expect(await list('owner=team-list&state=active')).toEqual(['list-1', 'list-3']);
    expect(await list('owner=team-list&state=killed')).toEqual(['list-3']);
    expect(await list(`owner=team-list&expiringBefore=${before}`)).toEqual(['list-1', 'list-2']);
    expect(await list('owner=team-list&q=0%25%20sure_')).toEqual(['list-2']);
  });

  it('comes in pages that hold every flag once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: Answer = await admin.get(`${FLAGS}?owner=team-list&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ key }: { key: string }) => key));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(['list-1', 'list-2', 'list-3']);
  });

  it('refuses a query it does not understand', async () => {
    for (const query of ['state=dead', 'limit=0', 'limit=201', 'cursor=nonsense', 'ownr=me', 'expiringBefore=soon'])
      expect((await admin.get(`${FLAGS}?${query}`)).body).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});

it('a dry run of each write changes nothing', async () => {
  await admin.post(FLAGS, aFlag('rehearsed'));
  const before = [(await admin.get(`${FLAGS}/rehearsed`)).body, (await admin.get(configOf('rehearsed'))).body, await revisionOf()];
  const dry = [
    await admin.patch(`${FLAGS}/rehearsed?dryRun=true`, { name: 'other', variants: { third: true } }),
    await admin.put(`${configOf('rehearsed')}?dryRun=true`, { on: true }),
    await admin.post(`${configOf('rehearsed')}/kill?dryRun=true`, {}),
    await admin.delete(`${FLAGS}/rehearsed?dryRun=true`),
  ];
  for (const { status, body } of dry)
    expect({ status, body }).toMatchObject({ status: 200, body: { dryRun: true, diff: [expect.anything()] } });
  expect(dry[1]?.body.diff[0]).toMatchObject({
    environment: 'development',
    changes: expect.arrayContaining([{ path: '/on', from: false, to: true }]),
  });
  expect([(await admin.get(`${FLAGS}/rehearsed`)).body, (await admin.get(configOf('rehearsed'))).body, await revisionOf()]).toEqual(before);
});
