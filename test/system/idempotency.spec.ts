import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

function named(key: string) {
  return { headers: { 'idempotency-key': key } };
}

async function projects(key: string): Promise<number> {
  const [row] = await server.database.query<{ n: number }>('select count(*)::int as n from project where key = $1', [key]);
  return row?.n ?? 0;
}

describe('a creation sent again under its name', () => {
  it('is answered again and not done again', async () => {
    const first = await admin.post('/api/v1/projects', { key: 'once' }, named('"8e03978e"'));
    const again = await admin.post('/api/v1/projects', { key: 'once' }, named('8e03978e'));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe('/api/v1/projects/once');
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
  });

  it('is done once when it is sent ten times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => admin.post('/api/v1/projects', { key: 'at-once' }, named('at-once'))),
    );
    const statuses = new Set(answers.map(({ status, body }) => `${status} ${body.code ?? ''}`));
    expect(statuses).toContain('201 ');
    expect([...statuses].filter((status) => status !== '201 ' && status !== '409 idempotency.in_progress')).toEqual([]);
    expect(await projects('at-once')).toBe(1);
  });

  it('is refused when it is another request', async () => {
    await admin.post('/api/v1/projects', { key: 'this' }, named('reused'));
    const other = await admin.post('/api/v1/projects', { key: 'that' }, named('reused'));
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key_reused' } });
    expect(await projects('that')).toBe(0);
    const rehearsal = await admin.post('/api/v1/projects?dryRun=true', { key: 'this' }, named('reused'));
    expect(rehearsal.status).toBe(422);
  });

  it('waits while the first one runs', async () => {
    await server.database.query(
      `insert into idempotency_key (actor, key, fingerprint) select 'admin', 'running', fingerprint from idempotency_key limit 1`,
    );
    await server.database.query(
      `update idempotency_key set fingerprint = (select fingerprint from idempotency_key where key = 'reused') where key = 'running'`,
    );
    const { status, headers, body } = await admin.post('/api/v1/projects', { key: 'this' }, named('running'));
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'idempotency.in_progress' });
    expect(headers.get('retry-after')).toBe('1');
  });

  it('may try again after it failed', async () => {
    expect((await admin.post('/api/v1/projects/later/environments', { key: 'e' }, named('early'))).status).toBe(404);
    await admin.post('/api/v1/projects', { key: 'later' });
    expect((await admin.post('/api/v1/projects/later/environments', { key: 'e' }, named('early'))).status).toBe(201);
  });

  it('is forgotten after a day, and freed seconds after its server died', async () => {
    await admin.post('/api/v1/projects', { key: 'old' }, named('old'));
    await server.database.query(`update idempotency_key set created_at = now() - interval '25 hours' where key = 'old'`);
    expect((await admin.post('/api/v1/projects', { key: 'old' }, named('old'))).body.code).toBe('project.key_taken');
    await server.database.query(
      `insert into idempotency_key (actor, key, fingerprint, created_at) values ('admin', 'dead', '', now() - interval '11 seconds')`,
    );
    expect((await admin.post('/api/v1/projects', { key: 'after-death' }, named('dead'))).status).toBe(201);
  });

  it('is done once also where the first was so slow that its name went to the second', async () => {
    const holder = new pg.Client({ connectionString: server.database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('lock table audit_event in exclusive mode');
    const keys = '/api/v1/projects/default/environments/production/keys';
    const create = () => admin.post(keys, { name: 'slow', kind: 'server' }, named('slow'));
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    const first = create();
    await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
    await server.database.query(`update idempotency_key set created_at = now() - interval '11 seconds' where key = 'slow'`);
    const second = create();
    await expect.poll(() => server.database.query(waiting)).toHaveLength(2);
    await holder.query('rollback');
    await holder.end();
    expect(await first).toMatchObject({ status: 409, body: { code: 'idempotency.in_progress' } });
    expect(await second).toMatchObject({ status: 201, body: { secret: expect.any(String) } });
    expect(await create()).toMatchObject({ status: 201, body: { secret: null } });
    expect(await server.database.query(`select count(*)::int as n from sdk_key where name = 'slow'`)).toEqual([{ n: 1 }]);
  });

  it('keeps its name while it is slow and others ask for other names', async () => {
    await server.database.query(
      `insert into idempotency_key (actor, key, fingerprint, created_at) values ('admin', 'patient', '', now() - interval '11 seconds')`,
    );
    expect((await admin.post('/api/v1/projects', { key: 'impatient' }, named('impatient'))).status).toBe(201);
    expect(await server.database.query(`select 1 from idempotency_key where key = 'patient'`)).toHaveLength(1);
  });

  it('is not done again when it was saved and its answer was not', async () => {
    await server.database.query(
      `create function lose() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$;
       create trigger lose before update on idempotency_key for each row when (new.status is not null) execute function lose()`,
    );
    const create = () =>
      admin.post('/api/v1/projects/default/environments/production/keys', { name: 'cut off', kind: 'server' }, named('cut-off'));
    expect((await create()).status).toBe(500);
    await server.database.query('drop trigger lose on idempotency_key');
    expect(await create()).toMatchObject({ status: 409, body: { code: 'idempotency.in_progress' } });
    await server.database.query(`update idempotency_key set created_at = now() - interval '2 minutes' where key = 'cut-off'`);
    expect(await create()).toMatchObject({ status: 409, body: { code: 'idempotency.answer_lost' } });
    expect(await server.database.query(`select count(*)::int as n from sdk_key where name = 'cut off'`)).toEqual([{ n: 1 }]);
  });

  it('belongs to whoever sent it first', async () => {
    const { secret: token } = (await admin.post('/api/v1/tokens', { name: 'another', scopes: ['admin'] })).body;
    await admin.post('/api/v1/projects', { key: 'mine' }, named('shared-name'));
    expect((await admin.post('/api/v1/projects', { key: 'yours' }, { ...named('shared-name'), token })).status).toBe(201);
  });

  it('never shows a secret a second time, and none is stored', async () => {
    const body = { name: 'secretive', scopes: ['read'] };
    const first = await admin.post('/api/v1/tokens', body, named('secretive'));
    const again = await admin.post('/api/v1/tokens', body, named('secretive'));
    expect(again.body).toEqual({ ...first.body, secret: null });
    const rows = await server.database.query('select t::text as line from idempotency_key t');
    expect(JSON.stringify(rows)).not.toContain(first.body.secret);
  });
});

it.each(['""', '"half', 'k'.repeat(256)])('refuses the name %s', async (key) => {
  const { status, body } = await admin.post('/api/v1/projects', { key: 'unnamed' }, named(key));
  expect({ status, problems: body.problems }).toEqual({
    status: 400,
    problems: [{ path: '/headers/idempotency-key', message: expect.any(String) }],
  });
  expect(await projects('unnamed')).toBe(0);
});
