import { LIMITS } from '@ballast/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

describe('projects and environments', () => {
  it('are created, listed by key, and found by it', async () => {
    const created = await admin.post('/api/v1/projects', { key: 'shop', name: 'Shop', defaultOwner: 'team-shop', defaultTtlDays: 30 });
    expect(created).toMatchObject({ status: 201, body: { key: 'shop', name: 'Shop', defaultOwner: 'team-shop', defaultTtlDays: 30 } });
    expect(created.headers.get('location')).toBe('/api/v1/projects/shop');
    const environment = await admin.post('/api/v1/projects/shop/environments', { key: 'staging' });
    expect(environment).toMatchObject({ status: 201, body: { key: 'staging', name: 'staging', revision: 0 } });
    expect(environment.headers.get('location')).toBe('/api/v1/projects/shop/environments/staging');
    expect((await admin.get('/api/v1/projects/shop')).body).toEqual(created.body);
    expect((await admin.get('/api/v1/projects/shop/environments/staging')).body).toEqual(environment.body);
    expect((await admin.get('/api/v1/projects/shop/environments')).body).toEqual({ items: [environment.body], nextCursor: null });
    const { body } = await admin.get('/api/v1/projects?limit=1');
    expect(body.items.map((item: { key: string }) => item.key)).toEqual(['default']);
    expect((await admin.get(`/api/v1/projects?cursor=${body.nextCursor}`)).body.items).toContainEqual(created.body);
  });

  it('keep their keys to themselves, also when two are made at once', async () => {
    const both = await Promise.all([1, 2].map(() => admin.post('/api/v1/projects', { key: 'twins' })));
    expect(both.map(({ status, body }) => [status, body.code]).sort()).toEqual([
      [201, undefined],
      [409, 'project.key_taken'],
    ]);
    const again = await Promise.all([1, 2].map(() => admin.post('/api/v1/projects/twins/environments', { key: 'same' })));
    expect(again.map(({ status, body }) => [status, body.code]).sort()).toEqual([
      [201, undefined],
      [409, 'environment.key_taken'],
    ]);
  });

  it('are changed by a merge patch, in which null takes a default away', async () => {
    await admin.post('/api/v1/projects', { key: 'patched', defaultOwner: 'a', defaultTtlDays: 7 });
    const patched = await admin.patch('/api/v1/projects/patched', { name: 'New', defaultOwner: null, reason: 'reorganised' });
    expect(patched).toMatchObject({ status: 200, body: { key: 'patched', name: 'New', defaultOwner: null, defaultTtlDays: 7 } });
    await admin.post('/api/v1/projects/patched/environments', { key: 'e' });
    expect(await admin.patch('/api/v1/projects/patched/environments/e', { name: 'E' })).toMatchObject({
      status: 200,
      body: { key: 'e', name: 'E' },
    });
  });

  it.each<readonly ['get' | 'post' | 'patch', string, unknown, string]>([
    ['post', '/api/v1/projects', { key: 'Upper' }, 'request.invalid'],
    ['post', '/api/v1/projects', {}, 'request.invalid'],
    ['post', '/api/v1/projects', { key: 'x', id: 'mine' }, 'request.invalid'],
    ['post', '/api/v1/projects', { key: 'x', defaultTtlDays: 0 }, 'request.invalid'],
    ['post', '/api/v1/projects', '{"key":', 'body.malformed'],
    ['post', '/api/v1/projects', [], 'request.invalid'],
    ['patch', '/api/v1/projects/default', { name: null }, 'request.invalid'],
    ['post', '/api/v1/projects?dryrun=true', { key: 'typo' }, 'request.invalid'],
    ['post', '/api/v1/projects?dryRun=maybe', { key: 'typo' }, 'request.invalid'],
    ['get', '/api/v1/projects?page=2', undefined, 'request.invalid'],
    ['get', '/api/v1/projects/nowhere', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/%00', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/%F0%9F%98%80', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/__proto__/environments/x', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/default/environments/nowhere', undefined, 'environment.not_found'],
    ['get', '/api/v1/projects/nowhere/environments/nowhere', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/nowhere/changes', undefined, 'project.not_found'],
    ['get', '/api/v1/projects/default/changes/x', undefined, 'change.not_found'],
    ['get', '/api/v1/projects/default/changes/999999999999999999', undefined, 'change.not_found'],
    ['get', '/api/v1/projects/default/changes?cursor=WyJ4Il0', undefined, 'request.invalid'],
    ['get', '/api/v1/projects/default/changes?since=yesterday', undefined, 'request.invalid'],
  ])('answer %s %s %j with a clear problem', async (method, path, body, code) => {
    const answer = await admin.send(method, path, body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: answer.body.status, code });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.status).toBeLessThan(500);
  });

  it('show in a dry run what would change and save nothing', async () => {
    const rehearsed = await admin.post('/api/v1/projects?dryRun=true', { key: 'maybe', name: 'Maybe' });
    expect(rehearsed.body).toMatchObject({
      dryRun: true,
      diff: [{ environment: null, action: 'project.create', kind: 'project', key: 'maybe' }],
      result: { key: 'maybe' },
    });
    expect(rehearsed.headers.get('location')).toBeNull();
    expect((await admin.get('/api/v1/projects/maybe')).status).toBe(404);
    const patch = await admin.patch('/api/v1/projects/default?dryRun=true', { name: 'Other' });
    expect(patch.body.diff).toEqual([
      {
        environment: null,
        action: 'project.update',
        kind: 'project',
        key: 'default',
        changes: [{ path: '/name', from: 'Default', to: 'Other' }],
      },
    ]);
    expect((await admin.get('/api/v1/projects/default')).body.name).toBe('Default');
  });
});

describe('the audit', () => {
  it('tells who changed what, when, why, and how, newest first', async () => {
    await admin.post('/api/v1/projects', { key: 'told', reason: 'new team' });
    await admin.patch('/api/v1/projects/told?reason=renamed', { name: 'Told' });
    await admin.post('/api/v1/projects/told/environments', { key: 'live' });
    const { body } = await admin.get('/api/v1/projects/told/changes');
    expect(body.items).toMatchObject([
      { action: 'environment.create', environment: 'live', reason: null, resource: { kind: 'environment', key: 'live' } },
      {
        action: 'project.update',
        environment: null,
        reason: 'renamed',
        actor: 'admin',
        diff: [{ path: '/name', from: 'told', to: 'Told' }],
      },
      { action: 'project.create', reason: 'new team' },
    ]);
    const details = await admin.get(`/api/v1/projects/told/changes/${body.items[1].id}`);
    expect(details.body).toMatchObject({ ...body.items[1], before: { name: 'told' }, after: { name: 'Told' } });
    expect((await admin.get(`/api/v1/projects/default/changes/${body.items[1].id}`)).status).toBe(404);
  });

  it('is searched by actor, action, resource, environment and time', async () => {
    await admin.post('/api/v1/projects', { key: 'searched' });
    await admin.post('/api/v1/projects/searched/environments', { key: 'one' });
    await admin.post('/api/v1/projects/searched/environments/one/keys', { name: 'k', kind: 'server' });
    const all = (await admin.get('/api/v1/projects/searched/changes')).body.items;
    const found = async (query: string) =>
      (await admin.get(`/api/v1/projects/searched/changes?${query}`)).body.items.map((item: { action: string }) => item.action);
    expect(await found('actor=admin')).toHaveLength(3);
    expect(await found('actor=nobody')).toEqual([]);
    expect(await found('action=key.create')).toEqual(['key.create']);
    expect(await found('kind=environment&key=one')).toEqual(['environment.create']);
    expect(await found('environment=one')).toEqual(['key.create', 'environment.create']);
    const middle = all[1].at;
    expect(await found(`since=${middle}`)).toEqual(['key.create', 'environment.create']);
    expect(await found(`until=${middle}`)).toEqual(['project.create']);
  });

  it('is read in pages that show each line once', async () => {
    await admin.post('/api/v1/projects', { key: 'paged' });
    for (let at = 0; at < 4; at += 1) await admin.patch('/api/v1/projects/paged', { name: `name-${at}` });
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await admin.get(`/api/v1/projects/paged/changes?limit=2${cursor && `&cursor=${cursor}`}`);
      ids.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.nextCursor;
    }
    expect(ids).toHaveLength(5);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => Number(b) - Number(a)));
  });

  it('is read in shorter pages where the changes are large', async () => {
    await admin.post('/api/v1/projects', { key: 'large' });
    const members = (mark: string) => Array.from({ length: 8_000 }, (_, at) => `${mark}-${at}`.padEnd(100, '.'));
    await admin.post('/api/v1/projects/large/segments', { key: 's', included: members('a') });
    for (const mark of 'bcdefg') await admin.patch('/api/v1/projects/large/segments/s', { included: members(mark) });
    const sizes: number[] = [];
    const actions: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await admin.get(`/api/v1/projects/large/changes?limit=200${cursor && `&cursor=${cursor}`}`);
      sizes.push(JSON.stringify(body).length);
      actions.push(...body.items.map((item: { action: string }) => item.action));
      cursor = body.nextCursor;
    }
    expect(actions).toEqual([...Array(6).fill('segment.update'), 'segment.create', 'project.create']);
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toBeLessThan(LIMITS.changesPageBytes.max + 100_000);
  });

  it('gives a line that is larger than a page', async () => {
    await admin.post('/api/v1/projects', { key: 'huge' });
    await server.database.query(
      `insert into audit_event (project_id, actor, action, resource_kind, resource_key, after, bytes)
       select id, 'admin', 'flag.create', 'flag', 'huge', '{}', 100000000 from project where key = 'huge'`,
    );
    const { body } = await admin.get('/api/v1/projects/huge/changes');
    expect(body.items.map((item: { action: string }) => item.action)).toEqual(['flag.create']);
    const next = await admin.get(`/api/v1/projects/huge/changes?cursor=${body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ action: 'project.create' }], nextCursor: null });
  });

  it('of the installation holds what belongs to no project, for administrators', async () => {
    const created = await admin.post('/api/v1/tokens', { name: 'audited token', scopes: ['read'], reason: 'for a report' });
    const { id, secret } = created.body;
    await admin.delete(`/api/v1/tokens/${id}`);
    const { body } = await admin.get('/api/v1/changes?kind=token&key=audited%20token');
    expect(body).toMatchObject({
      items: [
        { actor: 'admin', action: 'token.revoke', diff: [{ path: '/revokedAt' }] },
        { actor: 'admin', action: 'token.create', reason: 'for a report', environment: null, revision: null },
      ],
      nextCursor: null,
    });
    const details = await admin.get(`/api/v1/changes/${body.items[1].id}`);
    expect(details.body).toMatchObject({ before: null, after: { name: 'audited token', scopes: ['read'] } });
    expect(JSON.stringify(details.body)).not.toContain(secret);
    expect((await admin.get(`/api/v1/projects/default/changes/${body.items[1].id}`)).status).toBe(404);
    const [line] = (await admin.get('/api/v1/projects/told/changes')).body.items;
    expect((await admin.get(`/api/v1/changes/${line.id}`)).body).toMatchObject({ code: 'change.not_found' });
    const { secret: token } = (await admin.post('/api/v1/tokens', { name: 'all but admin', scopes: ['read', 'write', 'kill', 'keys'] }))
      .body;
    expect((await admin.get('/api/v1/changes', { token })).body.code).toBe('auth.forbidden');
  });
});

it('serves its own description, for machines and for people', async () => {
  const document = await admin.get('/openapi.json', { token: null });
  expect(document.body).toMatchObject({ openapi: '3.1.1', paths: { '/api/v1/projects': { post: { operationId: 'createProject' } } } });
  const page = await admin.get('/docs', { token: null });
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.body).toContain('createProject');
});
