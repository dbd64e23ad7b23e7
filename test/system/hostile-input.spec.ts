import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const LONE = '\ud800';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  expect((await admin.post(FLAGS, aFlag('target'))).status).toBe(201);
});

afterAll(() => server.stop());

function aFlag(key: string, change: object = {}) {
  return { key, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team', ...change };
}

function configOf(flag: string) {
  return `${FLAGS}/${encodeURIComponent(flag)}/environments/development`;
}

const always = { when: { all: [] }, serve: { variant: 'on' } };

/** Everything the database holds of flags and segments, and every revision. */
async function stateOfDatabase(): Promise<unknown> {
  const tables = ['flag', 'flag_config', 'segment', 'kill', 'snapshot_entry', 'revision', 'change', 'audit_event'];
  return Promise.all(
    tables.map((table) => server.database.query(`SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${table} t`)),
  );
}

const nested = (depth: number) => `${'{"not":'.repeat(depth)}{"all":[]}${'}'.repeat(depth)}`;

const bodies: readonly (readonly [string, 'put' | 'post', string, unknown, RegExp])[] = [
  ['10 000 rules', 'put', '', { on: true, rules: Array.from({ length: 10_000 }, () => always) }, /200 rules \(rulesPerFlag\)/],
  [
    'too many values',
    'put',
    '',
    { on: true, rules: [{ ...always, when: { attribute: 'a', op: 'in', values: Array.from({ length: 10_001 }, () => 1) } }] },
    /10000|10,000/,
  ],
  ['a condition deeper than allowed', 'put', '', `{"on":true,"rules":[{"when":${nested(20)},"serve":{"variant":"on"}}]}`, /conditionDepth/],
  [
    'a condition deep enough for a stack',
    'put',
    '',
    `{"on":true,"rules":[{"when":${nested(50_000)},"serve":{"variant":"on"}}]}`,
    /nest|deep/i,
  ],
  ['NUL in a rule', 'put', '', { on: true, rules: [{ ...always, description: 'a\0b' }] }, /NUL/],
  [
    'a lone surrogate in a value',
    'put',
    '',
    { on: true, rules: [{ ...always, when: { attribute: 'a', op: 'in', values: [LONE] } }] },
    /surrogate/,
  ],
  [
    'a number that is infinite',
    'put',
    '',
    '{"on":true,"rules":[{"when":{"attribute":"a","op":"=","values":[1e999]},"serve":{"variant":"on"}}]}',
    /finite|number/i,
  ],
  [
    'percentages that do not sum',
    'put',
    '',
    { on: true, default: { split: { percentages: [{ variant: 'on', percent: 99.9 }] } } },
    /sum to exactly 100/,
  ],
  [
    'four decimals',
    'put',
    '',
    {
      on: true,
      default: {
        split: {
          percentages: [
            { variant: 'on', percent: 99.9999 },
            { variant: 'off', percent: 0.0001 },
          ],
        },
      },
    },
    /three decimals/,
  ],
  [
    'a negative percentage',
    'put',
    '',
    {
      on: true,
      default: {
        split: {
          percentages: [
            { variant: 'on', percent: -1 },
            { variant: 'off', percent: 101 },
          ],
        },
      },
    },
    />=0|expected number to be/i,
  ],
  [
    'a pattern that runs for ever',
    'put',
    '',
    { on: true, rules: [{ ...always, when: { attribute: 'a', op: 'matches', values: ['^\\d+\\d+\\d+x$'] } }] },
    /run for ever/,
  ],
  [
    'both ways to serve',
    'put',
    '',
    { on: true, default: { variant: 'on', split: { percentages: [{ variant: 'on', percent: 100 }] } } },
    /not a known member/,
  ],
  ['an array', 'put', '', [], /expected object/],
  ['a text', 'put', '', '"on"', /expected object/],
  ['nothing', 'put', '', undefined, /expected object/],
  ['no JSON', 'put', '', '{"on":', /./],
  ['a change id that is no number', 'post', '/revert', { changeId: '1; DROP TABLE flag' }, /id of a change/],
  ['a reason of a megabyte', 'post', '/kill', { reason: 'x'.repeat(900_000) }, /1000/],
  ['a context that is no object', 'post', '/evaluate', { context: [] }, /must be an object/],
  ['a context too deep', 'post', '/evaluate', `{"context":${'{"a":'.repeat(17)}1${'}'.repeat(17)}}`, /contextDepth/],
  ['a context too big', 'post', '/evaluate', { context: { a: 'x'.repeat(70_000) } }, /contextBytes/],
];

it.each(bodies)('answers %s with a clear problem and changes nothing', async (...[, method, path, body, message]) => {
  const before = await stateOfDatabase();
  const refused = await admin[method](`${configOf('target')}${path}`, body);
  expect(refused.status).toBe(400);
  expect(refused.headers.get('content-type')).toMatch('application/problem+json');
  expect(JSON.stringify(refused.body)).toMatch(message);
  expect(await stateOfDatabase()).toEqual(before);
});

it('answers a body over its limit with 413', async () => {
  const refused = await admin.post(FLAGS, aFlag('big', { description: 'x'.repeat(1_100_000) }));
  expect(refused).toMatchObject({ status: 413, body: { code: 'body.too_large' } });
});

it.each([
  ['NUL', 'a\0b'],
  ['a lone surrogate', LONE],
  ['a space', 'a b'],
  ['a slash', 'a/b'],
  ['an emoji', '🚀'],
  ['nothing', ''],
  ['too long', 'k'.repeat(256)],
  ['a number', 5],
])('refuses a new key with %s', async (_, key) => {
  const refused = await admin.post(FLAGS, { ...aFlag('x'), key });
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid', problems: [{ path: '/key' }] } });
});

it.each(['%00', '%ED%A0%80', '%E0%A4%A', '%', 'a'.repeat(1_000), '..%2f..', "';--"])('finds no flag at %s, and says so', async (key) => {
  for (const path of [`${FLAGS}/${key}`, `${FLAGS}/${key}/environments/development`, `/api/v1/projects/default/segments/${key}`]) {
    const { status, headers } = await admin.get(path);
    expect([400, 404, 414]).toContain(status);
    expect(headers.get('content-type')).toMatch('application/problem+json');
  }
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '...', '-'])('lets %s be a key like any other', async (key) => {
  const created = await admin.post(FLAGS, aFlag(key));
  expect(created.status).toBe(201);
  expect((await admin.get(created.headers.get('location') ?? '')).body.key).toBe(key);
  expect((await admin.put(configOf(key), { on: true, default: { variant: 'on' } })).status).toBe(200);
  expect((await admin.post(`${configOf(key)}/evaluate`, { context: { targetingKey: 'u' } })).body.resolution).toMatchObject({
    flag: key,
    value: true,
  });
  const snapshot = await fetch(`${server.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.serverKey}` } });
  const { flags } = JSON.parse(await snapshot.text());
  expect(Object.hasOwn(flags, key)).toBe(true);
  expect(Object.getOwnPropertyDescriptor(flags, key)?.value).toMatchObject({ key, state: 'on' });
});

it('lets hostile names be variants, metadata and attributes like any others', async () => {
  const body = `{"key":"names","kind":"config","type":"object","owner":"team","variants":{"__proto__":{"__proto__":1},"constructor":{"a":[]}},
    "safeVariant":"constructor","metadata":{"__proto__":"m","constructor":"c"}}`;
  const created = await admin.post(FLAGS, body);
  expect(created.status).toBe(201);
  expect(Object.keys(created.body.variants).sort()).toEqual(['__proto__', 'constructor']);
  const when = { attribute: '__proto__', op: 'in', values: ['x'] };
  expect(
    (
      await admin.put(configOf('names'), {
        on: true,
        rules: [{ when, serve: { variant: '__proto__' } }],
        default: { variant: 'constructor' },
      })
    ).status,
  ).toBe(200);
  const hit = await admin.post(`${configOf('names')}/evaluate`, '{"context":{"__proto__":"x"}}');
  expect(hit.body.resolution.variant).toBe('__proto__');
  expect(Object.getOwnPropertyDescriptor(hit.body.resolution.value, '__proto__')?.value).toBe(1);
  const miss = await admin.post(`${configOf('names')}/evaluate`, '{"context":{}}');
  expect(miss.body.resolution.variant).toBe('constructor');
  const patched = await admin.patch(`${FLAGS}/names`, '{"metadata":{"__proto__":"changed","constructor":null}}');
  expect(Object.getOwnPropertyDescriptor(patched.body.metadata, '__proto__')?.value).toBe('changed');
  expect(Object.hasOwn(patched.body.metadata, 'constructor')).toBe(false);
});

it('refuses members it does not know at every door', async () => {
  const doors = [
    await admin.post(FLAGS, aFlag('unknown', { ownr: 'x' })),
    await admin.patch(`${FLAGS}/target`, { nme: 'x' }),
    await admin.put(configOf('target'), { on: true, defalt: null }),
    await admin.post(`${configOf('target')}/kill`, { why: 'x' }),
    await admin.post('/api/v1/projects/default/segments', { key: 's', members: [] }),
    await admin.put(`${configOf('target')}?dryrun=true`, { on: true }),
  ];
  for (const { status, body } of doors) {
    expect(status).toBe(400);
    expect(body.problems).toEqual([
      { path: expect.stringMatching(/ownr|nme|defalt|why|members|dryrun/), message: 'is not a known member' },
    ]);
  }
});

it('answers a merge patch that breaks the flag with a problem, whatever it is', async () => {
  const before = await stateOfDatabase();
  for (const patch of [
    '[]',
    '"x"',
    'null',
    '{"variants":null}',
    '{"variants":{"on":null,"off":null}}',
    '{"tags":"x"}',
    '{"owner":null}',
    '{"name":"a\\u0000"}',
    '{"metadata":{"a":{}}}',
  ]) {
    const refused = await admin.patch(`${FLAGS}/target`, patch);
    expect(refused.status).toBe(400);
    expect(['request.invalid', 'flag.invalid']).toContain(refused.body.code);
  }
  expect(await stateOfDatabase()).toEqual(before);
});

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
const ID = '00000000-0000-4000-8000-000000000000';

it.each([
  ['/api/v1/tokens', `cursor=${cursorOf(9e15, ID)}`],
  ['/api/v1/tokens', `cursor=${cursorOf(-9e13, ID)}`],
  ['/api/v1/tokens', `cursor=${cursorOf(1, '-'.repeat(36))}`],
  ['/api/v1/projects/default/environments/development/keys', `cursor=${cursorOf(1, 'a'.repeat(36))}`],
  [FLAGS, `cursor=${cursorOf(1)}`],
  [FLAGS, 'expiringBefore=0000-01-01T00:00:00Z'],
  ['/api/v1/projects/default/changes', 'since=0000-01-01T00:00:00Z'],
])('answers %s?%s with a clear problem', async (path, query) => {
  const refused = await admin.get(`${path}?${query}`);
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid', problems: [{ path: `/${query.split('=')[0]}` }] } });
});

it('takes a moment with an offset that Postgres does not know', async () => {
  expect((await admin.get(`${FLAGS}?expiringBefore=2026-01-01T00:00:00%2B23:59`)).status).toBe(200);
});

it('refuses an end that four digits of a year cannot hold', async () => {
  const expiresAt = '9999-12-31T23:59:59-23:59';
  for (const refused of [
    await admin.post(FLAGS, aFlag('far', { expiresAt })),
    await admin.post('/api/v1/tokens', { name: 'far', scopes: ['read'], expiresAt }),
  ])
    expect(refused).toMatchObject({ status: 400, body: { problems: [{ path: '/expiresAt' }] } });
});
