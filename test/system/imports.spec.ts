import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, api, aServer, type TestServer } from '../harness/index.js';

const FORMAT = 'format=flagd&owner=shop&ttlDays=30';

let server: TestServer;
let admin: ReturnType<typeof api>;
let projects = 0;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(async () => {
  await server.stop();
});

/** A project of its own, with one environment. */
async function aProject(defaults: object = {}): Promise<string> {
  projects += 1;
  const key = `project-${projects}`;
  expect(await admin.post('/api/v1/projects', { key, ...defaults })).toMatchObject({ status: 201 });
  expect(await admin.post(`/api/v1/projects/${key}/environments`, { key: 'live' })).toMatchObject({ status: 201 });
  return key;
}

function importInto(project: string, file: unknown, query = FORMAT): Promise<Answer> {
  return admin.post(`/api/v1/projects/${project}/environments/live/import?${query}`, file);
}

async function revisionOf(project: string): Promise<number> {
  return (await admin.get(`/api/v1/projects/${project}/environments/live`)).body.revision;
}

/** What a server-side client of the environment would evaluate. */
async function snapshotOf(project: string): Promise<Map<string, Answer['body']>> {
  const key = await admin.post(`/api/v1/projects/${project}/environments/live/keys`, { name: 'reader', kind: 'server' });
  const revision = await revisionOf(project);
  let body: Answer['body'];
  await expect
    .poll(async () => {
      body = (await api({ url: server.url, adminToken: key.body.secret }).get('/sdk/v1/snapshot')).body;
      return body.revision;
    })
    .toBe(revision);
  return new Map(Object.entries(body.flags));
}

function fileOf(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

const plain = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
const storefront = fileOf('../../examples/storefront/flags.flagd.json');

it('creates the flags of a file and serves them', async () => {
  const project = await aProject();
  const { status, body } = await importInto(project, storefront);
  expect(status).toBe(200);
  expect(body).toMatchObject({ format: 'flagd', created: 4, changed: 0, unchanged: 0, refused: 0 });
  expect(body.items.find(({ key }: Answer['body']) => key === 'express-payment').notes).toEqual([]);
  const flag = await admin.get(`/api/v1/projects/${project}/flags/search-index`);
  expect(flag.body).toMatchObject({ key: 'search-index', type: 'boolean', owner: 'shop', safeVariant: 'off' });
  const served = await snapshotOf(project);
  expect(served.get('search-index')).toMatchObject({
    state: 'on',
    rules: [{ when: { attribute: 'email', op: 'ends_with', values: ['@shop.example'] }, serve: { variant: 'on' } }],
    default: { variant: 'off' },
  });
  const { split } = served.get('express-payment').rules[0].serve;
  expect(split).toMatchObject({ hash: 'flagd-fractional-v2', salt: 'express-payment', share: 100_000, rest: null });
});

it('changes nothing when the same file comes again, and only what differs when another comes', async () => {
  const project = await aProject();
  await importInto(project, storefront);
  const revision = await revisionOf(project);
  expect((await importInto(project, storefront)).body).toMatchObject({ created: 0, changed: 0, unchanged: 4, refused: 0 });
  expect(await revisionOf(project)).toBe(revision);
  const file = structuredClone(storefront) as { flags: Record<string, object> };
  file.flags['search-index'] = { ...file.flags['search-index'], state: 'DISABLED' };
  expect((await importInto(project, file)).body).toMatchObject({ created: 0, changed: 1, unchanged: 3, refused: 0 });
  expect((await snapshotOf(project)).get('search-index')).toMatchObject({ state: 'off', offVariant: null });
});

it('refuses by itself what it cannot take, with the reasons, and takes the rest', async () => {
  const flags = {
    good: plain,
    'names nothing': { ...plain, defaultVariant: 'purple' },
    'reads the clock': { ...plain, targeting: { if: [{ '>': [{ var: '$flagd.timestamp' }, 5] }, 'on'] } },
    'a\0b': plain,
    '🚦': plain,
  };
  const project = await aProject();
  const { body } = await importInto(project, { flags });
  expect(body).toMatchObject({ created: 2, refused: 3 });
  for (const { key, outcome, reasons } of body.items)
    expect([key, outcome, reasons.length > 0]).toEqual([key, outcome, outcome === 'refused']);
  expect([...(await snapshotOf(project)).keys()].sort()).toEqual(['good', '🚦']);
});

it('takes hostile names for names like any other', async () => {
  const project = await aProject();
  const text =
    '{"flags":{"__proto__":{"state":"ENABLED","variants":{"__proto__":1,"constructor":2},"defaultVariant":"constructor"},"toString":{"state":"DISABLED","variants":{"a":"b"}}}}';
  expect((await admin.post(`/api/v1/projects/${project}/environments/live/import?${FORMAT}`, text)).body).toMatchObject({
    created: 2,
    refused: 0,
  });
  const served = await snapshotOf(project);
  expect(Object.entries(served.get('__proto__').variants)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  expect(served.get('toString')).toMatchObject({ state: 'off', offVariant: null });
});

it('asks for owner and expiry of flags that are new, all at once', async () => {
  const project = await aProject();
  const answer = await importInto(project, storefront, 'format=flagd');
  expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid', problems: [{ path: '/owner' }, { path: '/ttlDays' }] } });
  await importInto(project, storefront);
  expect(await importInto(project, storefront, 'format=flagd')).toMatchObject({ status: 200, body: { unchanged: 4 } });
});

it("falls back on the project's defaults", async () => {
  const project = await aProject({ defaultOwner: 'platform', defaultTtlDays: 7 });
  expect(await importInto(project, storefront, 'format=flagd')).toMatchObject({ status: 200, body: { created: 4 } });
  const { owner, expiresAt } = (await admin.get(`/api/v1/projects/${project}/flags/search-index`)).body;
  expect(owner).toBe('platform');
  expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(7);
});

it('says in a dry run what it would do, and does nothing', async () => {
  const project = await aProject();
  const { body } = await importInto(project, storefront, `${FORMAT}&dryRun=true`);
  expect(body).toMatchObject({ dryRun: true, result: { created: 4 } });
  expect(body.diff.length).toBeGreaterThan(0);
  expect((await admin.get(`/api/v1/projects/${project}/flags`)).body.items).toEqual([]);
  expect(await revisionOf(project)).toBe(0);
});

it('takes the same file from two at once without a conflict', async () => {
  const project = await aProject();
  const answers = await Promise.all([1, 2, 3].map(() => importInto(project, storefront)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers.map(({ body }) => body.created).sort()).toEqual([0, 0, 4]);
});

it.each([
  ['no flagd file', { features: [] }, FORMAT, 'import.unreadable'],
  ['a list', [], FORMAT, 'import.unreadable'],
  ['no Unleash file', { flags: {} }, 'format=unleash&owner=shop', 'import.unreadable'],
  ['no body', undefined, FORMAT, 'import.unreadable'],
  ['text that is no JSON', '{"flags":', FORMAT, 'body.malformed'],
  ['no format', storefront, 'owner=shop', 'request.invalid'],
  ['an unknown format', storefront, 'format=dotenv', 'request.invalid'],
  ['a misspelt query', storefront, `${FORMAT}&dryrun=true`, 'request.invalid'],
  ['two kinds of expiry', storefront, `${FORMAT}&expiresAt=2030-01-01T00:00:00Z`, 'request.invalid'],
])('refuses %s', async (_, file, query, code) => {
  expect(await importInto(await aProject(), file, query)).toMatchObject({ status: 400, body: { code } });
});

it('reads files up to ten megabytes and no further', async () => {
  const project = await aProject();
  const padded = (bytes: number) => JSON.stringify({ flags: { padded: plain }, $comment: 'x'.repeat(bytes) });
  expect(await importInto(project, padded(9_000_000))).toMatchObject({ status: 200, body: { created: 1 } });
  expect(await importInto(project, padded(10_600_000))).toMatchObject({ status: 413, body: { code: 'body.too_large' } });
});

it('is open to those who may write, and to nobody else', async () => {
  const project = await aProject();
  const { body } = await admin.post('/api/v1/tokens', { name: 'reader', scopes: ['read'] });
  const path = `/api/v1/projects/${project}/environments/live/import?${FORMAT}`;
  expect(await admin.post(path, storefront, { token: body.secret })).toMatchObject({ status: 403 });
  expect(await admin.post(path, storefront, { token: null })).toMatchObject({ status: 401 });
});

const UNLEASH = 'format=unleash&owner=shop&ttlDays=30';
const rollout = (percent: string) => ({
  name: 'flexibleRollout',
  parameters: { rollout: percent, stickiness: 'userId', groupId: 'checkout' },
  constraints: [{ contextName: 'country', operator: 'IN', values: ['no'] }],
});
const checkout = { name: 'checkout', type: 'release', enabled: true, strategies: [rollout('40')], variants: [] };

it('takes the payload that Unleash gives its SDKs, and keeps everybody where they were', async () => {
  const project = await aProject();
  const banner = {
    name: 'banner',
    type: 'kill-switch',
    enabled: true,
    strategies: [{ name: 'default' }],
    variants: [
      { name: 'blue', weight: 500, payload: { type: 'number', value: '7' } },
      { name: 'red', weight: 500 },
    ],
    dependencies: [{ feature: 'checkout' }],
  };
  const chance = { name: 'chance', enabled: true, strategies: [{ name: 'gradualRolloutRandom', parameters: { percentage: '10' } }] };
  const payload = { version: 2, features: [checkout, banner, chance], segments: [] };
  const { status, body } = await importInto(project, payload, UNLEASH);
  expect({ status, ...body }).toMatchObject({ status: 200, format: 'unleash', created: 2, refused: 1 });
  expect(body.items.at(-1)).toMatchObject({ key: 'chance', outcome: 'refused', reasons: [expect.stringContaining('chance')] });
  expect((await importInto(project, payload, UNLEASH)).body).toMatchObject({ unchanged: 2, refused: 1 });
  const served = await snapshotOf(project);
  expect(served.get('checkout').rules[0].serve.split).toEqual({
    by: 'targetingKey',
    hash: 'unleash-murmur3',
    salt: 'checkout',
    share: 40_000,
    weights: [['on', 1]],
    rest: 'off',
  });
  expect(served.get('banner').prerequisites).toEqual([{ flag: 'checkout', variants: ['on'] }]);
  const flag = await admin.get(`/api/v1/projects/${project}/flags/banner`);
  expect(flag.body).toMatchObject({ type: 'object', kind: 'kill-switch', expiresAt: null });
  expect(flag.body.variants.blue).toEqual({ enabled: true, variant: 'blue', payload: { type: 'number', value: '7' }, value: 7 });
});

it('lets the percentage of an imported rollout be edited, and moves nobody', async () => {
  const project = await aProject();
  await importInto(project, { version: 2, features: [checkout] }, UNLEASH);
  const path = `/api/v1/projects/${project}/flags/checkout/environments/live`;
  const ask = async (user: number): Promise<boolean> => {
    const context = { targetingKey: `user-${user}`, country: 'no' };
    return (await admin.post(`${path}/evaluate`, { context })).body.resolution.value;
  };
  const users = Array.from({ length: 40 }, (_, i) => i);
  const before = await Promise.all(users.map(ask));
  const { body: config, headers } = await admin.get(path);
  const { on, offVariant, rules, default: otherwise, prerequisites } = config;
  rules[0].serve.split.percent = 70;
  const body = { on, offVariant, rules, default: otherwise, prerequisites };
  expect(await admin.put(path, body, { headers: { 'if-match': headers.get('etag') ?? '' } })).toMatchObject({ status: 200 });
  const after = await Promise.all(users.map(ask));
  expect(before.filter(Boolean).length).toBeGreaterThan(0);
  expect(after.filter(Boolean).length).toBeGreaterThan(before.filter(Boolean).length);
  expect(users.filter((user) => before[user] && !after[user])).toEqual([]);
});

it('takes the environment of an Unleash export that has the same key, or the one that is named', async () => {
  const file = {
    features: [{ name: 'checkout', type: 'release' }],
    featureStrategies: [{ ...rollout('40'), featureName: 'checkout', title: 'Norway first' }],
    featureEnvironments: [
      { featureName: 'checkout', environment: 'live', enabled: false, variants: [] },
      { featureName: 'checkout', environment: 'other', enabled: true, variants: [] },
    ],
    segments: [],
  };
  const project = await aProject();
  expect((await importInto(project, file, UNLEASH)).body).toMatchObject({ created: 1, refused: 0 });
  expect((await snapshotOf(project)).get('checkout')).toMatchObject({ state: 'off', offVariant: 'off' });
  expect((await importInto(project, file, `${UNLEASH}&from=other`)).body).toMatchObject({ changed: 1 });
  expect((await snapshotOf(project)).get('checkout')).toMatchObject({ state: 'on' });
});

it("takes all 15 flags of the OpenTelemetry demo's own file", async (context) => {
  const path = '../../../shared/data/otel-demo.flagd.json';
  if (!existsSync(new URL(path, import.meta.url))) context.skip('the file of the OpenTelemetry demo does not lie beside the checkout');
  const project = await aProject();
  expect((await importInto(project, fileOf(path))).body).toMatchObject({ created: 15, refused: 0 });
  expect((await importInto(project, fileOf(path))).body).toMatchObject({ unchanged: 15 });
  expect((await snapshotOf(project)).size).toBe(15);
});

it('refuses a file that would be too large a write, and takes nothing of it', async () => {
  const project = await aProject();
  const flags = Object.fromEntries(Array.from({ length: 50_001 }, (_, i) => [`flag-${i}`, plain]));
  const refused = await importInto(project, { flags });
  expect(refused).toMatchObject({ status: 409, body: { code: 'limit.reached', limit: 'importEntries', max: 50_000 } });
  expect((await admin.get(`/api/v1/projects/${project}/flags`)).body.items).toEqual([]);
});
