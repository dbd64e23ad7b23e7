import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDatabase, type TestDatabase } from '../harness/index.js';

let database: TestDatabase;
let projectId: string;

beforeAll(async () => {
  database = await aDatabase();
  const [project] = await database.query<{ id: string }>("insert into project (key, name) values ('shop', 'Shop') returning id");
  projectId = project?.id ?? '';
});
afterAll(() => database.drop());

async function insertFlag(columns: Readonly<Record<string, unknown>>): Promise<void> {
  const row = {
    project_id: projectId,
    key: 'flag',
    name: 'Flag',
    kind: 'config',
    type: 'boolean',
    variants: '{}',
    owner: 'team',
    salt: 'salt',
    created_by: 'admin',
    ...columns,
  };
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  await database.query(`insert into flag (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row));
}

describe('given an archived flag', () => {
  beforeAll(() => insertFlag({ key: 'old', archived_at: new Date() }));

  it('never lets another flag have its key', async () => {
    await expect(insertFlag({ key: 'old' })).rejects.toThrow(/flag_project_id_key_key/);
  });

  it('keeps its row and its key', async () => {
    await expect(database.query("delete from flag where key = 'old'")).rejects.toThrow(/keeps its key for ever/);
    await expect(database.query("update flag set key = 'new' where key = 'old'")).rejects.toThrow(/keeps its key for ever/);
  });
});

it('wants an end date for flags of a temporary kind only', async () => {
  await expect(insertFlag({ key: 'temporary', kind: 'release' })).rejects.toThrow(/flag_expires_unless_permanent_check/);
  await insertFlag({ key: 'temporary', kind: 'release', expires_at: new Date() });
  await insertFlag({ key: 'permanent', kind: 'kill-switch' });
});

it.each([
  ['kind', { kind: 'toggle', expires_at: new Date() }, /flag_kind_check/],
  ['type', { type: 'json' }, /flag_type_check/],
  ['key', { key: '' }, /flag_key_check/],
])('knows no flag of another %s', async (_, columns, message) => {
  await expect(insertFlag(columns)).rejects.toThrow(message);
});

it('never rewrites the audit', async () => {
  await database.query(
    "insert into audit_event (actor, action, resource_kind, resource_key) values ('admin', 'flag.create', 'flag', 'old')",
  );
  for (const rewriting of ["update audit_event set actor = 'somebody'", 'delete from audit_event', 'truncate audit_event']) {
    await expect(database.query(rewriting)).rejects.toThrow(/the audit is append-only/);
  }
});

it('lets two tokens share a name only when one is revoked', async () => {
  const insertToken = (hash: string, revokedAt: Date | null) =>
    database.query("insert into api_token (name, hash, prefix, created_by, revoked_at) values ('ci', $1, 'blst', 'admin', $2)", [
      Buffer.from(hash),
      revokedAt,
    ]);
  await insertToken('first', new Date());
  await insertToken('second', null);
  await expect(insertToken('third', null)).rejects.toThrow(/api_token_name_unless_revoked_key/);
  await insertToken('fourth', new Date());
});
