import { LIMITS } from '@ballast/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTokens, SdkKeys } from '../../apps/server/src/access/index.js';
import { PrismaService } from '../../apps/server/src/database/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { untilWaiting } from './waiting.js';

const KEYS = '/api/v1/projects/default/environments/development/keys';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer({ settings: { trustedProxies: ['loopback'] } });
  admin = api(server);
});

afterAll(() => server.stop());

/** A token with these scopes. */
async function aToken(name: string, scopes: readonly string[], more: object = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await admin.post('/api/v1/tokens', { name, scopes, ...more });
  expect(status).toBe(201);
  return body;
}

/** An address nobody else uses, so that throttling one test leaves the others alone. */
function from(address: string) {
  return { 'x-forwarded-for': address };
}

describe('the door of the admin API', () => {
  it('asks for a credential', async () => {
    const { status, headers, body } = await admin.get('/api/v1/projects', { token: null });
    expect({ status, type: headers.get('content-type'), code: body.code }).toEqual({
      status: 401,
      type: expect.stringContaining('application/problem+json'),
      code: 'auth.missing',
    });
  });

  it.each([
    ['unknown', 'blst_api_unknown'],
    ['an SDK key', 'server-key-of-the-tests'],
  ])('turns away a token that is %s', async (_, token) => {
    const { status, body } = await admin.get('/api/v1/projects', { token, headers: from('198.51.100.1') });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'auth.invalid' });
  });

  it.each([
    [['read'], [200, 403, 403, 403]],
    [['write'], [200, 403, 403, 403]],
    [['keys'], [200, 201, 403, 403]],
    [['admin'], [200, 201, 201, 200]],
  ])('lets a token with %j do what it may: read, create a key, create a project, list tokens', async (scopes, expected) => {
    const { secret: token } = await aToken(`with ${scopes}`, scopes);
    const answers = [
      await admin.get('/api/v1/projects', { token }),
      await admin.post(KEYS, { name: 'k', kind: 'server' }, { token }),
      await admin.post('/api/v1/projects', { key: `made-with-${scopes}` }, { token }),
      await admin.get('/api/v1/tokens', { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    for (const { status, body } of answers) if (status === 403) expect(body.code).toBe('auth.forbidden');
  });

  it('throttles an address that keeps failing, but not a token that is in use there', async () => {
    const { secret } = await aToken('busy', ['read']);
    const headers = from('198.51.100.2');
    expect((await admin.get('/api/v1/projects', { token: secret, headers })).status).toBe(200);
    const failures = await Promise.all(
      Array.from({ length: 30 }, (_, at) => admin.get('/api/v1/projects', { token: `guess-${at}`, headers })),
    );
    const throttled = failures.filter(({ status }) => status === 429);
    expect(throttled.length).toBeGreaterThan(0);
    expect(throttled[0]?.body.code).toBe('auth.throttled');
    expect(Number(throttled[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await admin.get('/api/v1/projects', { token: secret, headers })).status).toBe(200);
    expect((await admin.get('/api/v1/projects', { token: 'guess', headers: from('198.51.100.3') })).status).toBe(401);
    expect((await admin.get('/metrics')).body).toMatch(/^ballast_authentication_failures_total [1-9]/m);
  });
});

describe('API tokens', () => {
  it('shows the secret once, and stores only its hash', async () => {
    const created = await admin.post('/api/v1/tokens', { name: 'ci', scopes: ['read', 'read', 'kill'], reason: 'for the pipeline' });
    expect(created.body).toMatchObject({ name: 'ci', scopes: ['read', 'kill'], createdBy: 'admin', expiresAt: null, revokedAt: null });
    expect(created.body.secret).toMatch(/^blst_api_[\w-]{43}$/);
    expect(created.headers.get('location')).toBe(`/api/v1/tokens/${created.body.id}`);
    const { body } = await admin.get('/api/v1/tokens?limit=200');
    const listed = body.items.find((token: { id: string }) => token.id === created.body.id);
    expect(listed).toEqual({ ...created.body, secret: undefined });
    const dumps = await Promise.all(
      ['api_token', 'audit_event', 'idempotency_key'].map((table) => server.database.query(`select t::text as line from ${table} t`)),
    );
    expect(JSON.stringify(dumps)).not.toContain(created.body.secret);
  });

  it('names its holder in the audit', async () => {
    const { secret: token } = await aToken('release-bot', ['admin']);
    await admin.post('/api/v1/projects', { key: 'audited' }, { token });
    const { body } = await admin.get('/api/v1/projects/audited/changes');
    expect(body.items).toMatchObject([{ actor: 'release-bot', action: 'project.create', resource: { kind: 'project', key: 'audited' } }]);
  });

  it.each(['system', 'System', 'rollout:checkout', 'import:flagd'])('cannot be called %s, as the server calls itself', async (name) => {
    const { status, body } = await admin.post('/api/v1/tokens', { name, scopes: ['read'] });
    expect({ status, problems: body.problems }).toEqual({ status: 400, problems: [{ path: '/name', message: expect.any(String) }] });
  });

  it('shares its name with no other, until it is revoked', async () => {
    const body = { name: 'only me', scopes: ['read'] };
    const both = await Promise.all([1, 2].map(() => admin.post('/api/v1/tokens', body)));
    expect(both.map(({ status, body: { code } }) => [status, code]).sort()).toEqual([
      [201, undefined],
      [409, 'token.name_taken'],
    ]);
    await admin.delete(`/api/v1/tokens/${both.find(({ status }) => status === 201)?.body.id}`);
    expect((await admin.post('/api/v1/tokens', body)).status).toBe(201);
  });

  it('grants no scope that its creator lacks', async () => {
    const { secret: token } = await aToken('no admin', ['write', 'keys']);
    expect((await admin.post('/api/v1/tokens', { name: 'x', scopes: ['read'] }, { token })).body.code).toBe('auth.forbidden');
  });

  it('opens nothing once it is revoked, at once and for good', async () => {
    const { id, secret: token } = await aToken('leaver', ['read']);
    expect((await admin.get('/api/v1/projects', { token })).status).toBe(200);
    const revoked = await admin.delete(`/api/v1/tokens/${id}?reason=left`);
    expect(revoked).toMatchObject({ status: 200, body: { id, revokedAt: expect.any(String) } });
    expect((await admin.get('/api/v1/projects', { token, headers: from('198.51.100.4') })).body.code).toBe('auth.invalid');
    expect((await admin.delete(`/api/v1/tokens/${id}`)).body.revokedAt).toBe(revoked.body.revokedAt);
  });

  it('can be revoked on another server', async () => {
    const second = await aServer({ database: server.database });
    try {
      const { id, secret: token } = await aToken('elsewhere', ['read']);
      const other = api(second);
      expect((await other.get('/api/v1/projects', { token })).status).toBe(200);
      await admin.delete(`/api/v1/tokens/${id}`);
      await expect.poll(async () => (await other.get('/api/v1/projects', { token })).status, { timeout: 4_000 }).toBe(401);
    } finally {
      await second.stop();
    }
  });

  it('ends when its time is over', async () => {
    const { id, secret: token } = await aToken('short', ['read'], { expiresAt: '2999-01-01T00:00:00Z' });
    await server.database.query(`update api_token set expires_at = now() - interval '1 second' where id = $1`, [id]);
    expect((await admin.get('/api/v1/projects', { token, headers: from('198.51.100.5') })).body.code).toBe('auth.invalid');
    const past = await admin.post('/api/v1/tokens', { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' });
    expect(past).toMatchObject({ status: 400, body: { code: 'request.invalid', problems: [{ path: '/expiresAt' }] } });
  });

  it('remembers when it was last used', async () => {
    const { id, secret: token } = await aToken('used', ['read']);
    await admin.get('/api/v1/projects', { token });
    const { body } = await admin.get('/api/v1/tokens?limit=200');
    expect(body.items.find((item: { id: string }) => item.id === id).lastUsedAt).toEqual(expect.any(String));
  });

  it.each([
    ['', 400],
    ['nonsense', 400],
    ['00000000-0000-4000-8000-000000000000', 404],
  ])('answers a clear problem for the id %j', async (id, status) => {
    expect((await admin.delete(`/api/v1/tokens/${id || '%00'}`)).status).toBe(status);
  });

  it('lists in pages, oldest first, each token once', async () => {
    for (let at = 0; at < 5; at += 1) await aToken(`page-${at}`, ['read']);
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await admin.get(`/api/v1/tokens?limit=2${cursor && `&cursor=${cursor}`}`);
      names.push(...body.items.map((item: { name: string }) => item.name));
      cursor = body.nextCursor;
    }
    const [row] = await server.database.query<{ n: number }>('select count(*)::int as n from api_token');
    expect(names).toHaveLength(row?.n ?? -1);
    expect(names.filter((name) => name.startsWith('page-'))).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
    expect((await admin.get('/api/v1/tokens?cursor=nonsense')).body.problems).toEqual([{ path: '/cursor', message: expect.any(String) }]);
  });
});

describe('SDK keys', () => {
  it('overlap, so that one can take over from another', async () => {
    const keys = server.app.get(SdkKeys);
    const first = (await admin.post(KEYS, { name: 'old', kind: 'server' })).body;
    const second = (await admin.post(KEYS, { name: 'new', kind: 'server' })).body;
    const identity = (key: { id: string }) => ({ keyId: key.id, kind: 'server', environment: 'default/development' });
    expect([await keys.authenticate(first.secret), await keys.authenticate(second.secret)]).toMatchObject([
      identity(first),
      identity(second),
    ]);
    expect((await admin.delete(`${KEYS}/${first.id}`)).status).toBe(200);
    expect([await keys.authenticate(first.secret), await keys.authenticate(second.secret)]).toMatchObject([null, identity(second)]);
  });

  it('belong to one environment', async () => {
    const { id } = (await admin.post(KEYS, { name: 'mine', kind: 'client' })).body;
    const elsewhere = await admin.delete(`/api/v1/projects/default/environments/production/keys/${id}`);
    expect(elsewhere).toMatchObject({ status: 404, body: { code: 'key.not_found' } });
    const { body } = await admin.get('/api/v1/projects/default/environments/production/keys');
    expect(body.items.some((key: { id: string }) => key.id === id)).toBe(false);
  });

  it.each([
    [{ name: 'x' }, ['/kind']],
    [{ name: '', kind: 'admin', more: 1 }, ['/kind', '/more', '/name']],
    [{ name: 'NUL \0', kind: 'server' }, ['/name']],
    [{ name: 'x', kind: 'server', expiresAt: 'tomorrow' }, ['/expiresAt']],
  ])('names all that is wrong with %j', async (body, paths) => {
    const answer = await admin.post(KEYS, body);
    expect(answer.status).toBe(400);
    expect(answer.body.problems.map((problem: { path: string }) => problem.path).sort()).toEqual(paths);
  });

  it('are created by no dry run', async () => {
    const before = await server.database.query('select count(*) from sdk_key');
    const { status, body } = await admin.post(`${KEYS}?dryRun=true`, { name: 'maybe', kind: 'relay' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      dryRun: true,
      diff: [{ action: 'key.create', kind: 'key', key: 'maybe' }],
      result: { kind: 'relay', secret: null },
    });
    expect(await server.database.query('select count(*) from sdk_key')).toEqual(before);
  });
});

describe('given as many credentials as there may be', () => {
  const many = (table: string, columns: string, values: string, count: number) =>
    `insert into ${table} (name, hash, prefix, created_by, ${columns})
     select 'many ' || n, sha256(('${table}' || n)::bytea), 'blst', 'system', ${values} from generate_series(1, ${count}) n`;

  it('refuses another key, until one is revoked', async () => {
    const place = `(select e.id from environment e join project p on p.id = e.project_id where p.key = 'default' and e.key = 'production')`;
    const { max } = LIMITS.keysPerEnvironment;
    const keys = KEYS.replace('development', 'production');
    await server.database.query(`delete from sdk_key where environment_id = ${place}`);
    await server.database.query(many('sdk_key', 'kind, environment_id', `'server', ${place}`, max));
    const create = () => admin.post(keys, { name: 'another', kind: 'server' });
    expect(await create()).toMatchObject({ status: 409, body: { code: 'limit.reached', limit: 'keysPerEnvironment', max } });
    const [{ id }] = (await admin.get(keys)).body.items;
    await admin.delete(`${keys}/${id}`);
    expect((await Promise.all([create(), create()])).map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('refuses another token', async () => {
    const crowded = await aServer();
    try {
      const { max } = LIMITS.tokens;
      await crowded.database.query(many('api_token', 'scopes', `'{read}'`, max - 2));
      const create = (name: string) => api(crowded).post('/api/v1/tokens', { name, scopes: ['read'] });
      const last = await Promise.all([create('one'), create('two')]);
      expect(last.map(({ status }) => status).sort()).toEqual([201, 409]);
      expect((await create('three')).body).toMatchObject({ code: 'limit.reached', limit: 'tokens', max });
    } finally {
      await crowded.stop();
    }
  });
});

describe('given only one token that can administer', () => {
  it('keeps it', async () => {
    const lonely = await aServer();
    try {
      const only = api(lonely);
      const { body } = await only.get('/api/v1/tokens');
      const [{ id }] = body.items;
      expect(await only.delete(`/api/v1/tokens/${id}`)).toMatchObject({ status: 409, body: { code: 'token.last_admin' } });
      await only.post('/api/v1/tokens', { name: 'short', scopes: ['admin'], expiresAt: '2099-01-01T00:00:00Z' });
      expect((await only.delete(`/api/v1/tokens/${id}`)).body.code).toBe('token.last_admin');
      const second = (await only.post('/api/v1/tokens', { name: 'second', scopes: ['admin'] })).body;
      const by = { actor: { name: 'both', scopes: ['admin'] as const }, dryRun: false };
      // Both begin before either can save, so that each could count on the other's token.
      const both = await lonely.app.get(PrismaService).$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM api_token FOR UPDATE`;
        const revocations = Promise.allSettled([id, second.id].map((each) => lonely.app.get(ApiTokens).revoke(each, by)));
        await untilWaiting(lonely.database, 2);
        return () => revocations;
      });
      expect((await both()).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const [row] = await lonely.database.query<{ n: number }>('select count(*)::int as n from api_token where revoked_at is null');
      expect(row?.n).toBe(2);
    } finally {
      await lonely.stop();
    }
  });
});
