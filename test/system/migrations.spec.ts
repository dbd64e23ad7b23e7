import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { migrate } from '../../apps/server/src/database/index.js';
import { aDatabase, type TestDatabase } from '../harness/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const databases: TestDatabase[] = [];
const all = (await readdir(join(root, 'prisma/migrations'))).filter((name) => /^\d/.test(name)).sort();
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await aDatabase({ template: 'template0' });
  databases.push(database);
  return database;
}

async function migrationsWith(extra: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-migrations-'));
  await cp(join(root, 'prisma/migrations'), folder, { recursive: true });
  for (const [name, sql] of Object.entries(extra)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
}

it('migrates an empty database once, and then finds nothing to do', async () => {
  const { url, query } = await emptyDatabase();
  expect(await migrate(url)).toEqual(all);
  expect(await migrate(url)).toEqual([]);
  expect(
    await query('select migration_name, finished_at is not null as finished, length(checksum) as checksum from _prisma_migrations'),
  ).toEqual(all.map((name) => ({ migration_name: name, finished: true, checksum: 64 })));
});

it('lets four servers that start together take turns', async () => {
  const { url, query } = await emptyDatabase();
  const applied = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  expect(applied.flat()).toEqual(all);
  expect(await query('select count(*)::int as n from _prisma_migrations')).toEqual([{ n: all.length }]);
});

it('refuses a database that a newer release has migrated', async () => {
  const { url } = await emptyDatabase();
  const folder = await migrationsWith({ '20991231000000_later': 'create table later (id int primary key)' });
  await migrate(url, folder);
  await expect(migrate(url)).rejects.toThrow(/newer than this server: it has the migration 20991231000000_later/);
  await rm(folder, { recursive: true });
});

const BREAKING = {
  '20991231000000_more': 'create table more (id int)',
  '20991231000001_breaking': '--! breaking\ncreate table less (id int)',
};
const beat = `insert into server_node (id, name, version) values ('00000000-0000-4000-8000-000000000001', 'old-one', '0.0.9')
  on conflict (id) do update set seen_at = clock_timestamp()`;

it('refuses a breaking migration as long as servers run, and does nothing before it either', async () => {
  const { url, query } = await emptyDatabase();
  await migrate(url);
  const folder = await migrationsWith(BREAKING);
  await query(beat);
  const beating = setInterval(() => void query(beat), 1_000);
  await expect(migrate(url, folder)).rejects.toThrow(
    /20991231000001_breaking .* stop those that run on this database first: old-one \(0\.0\.9\)/,
  );
  clearInterval(beating);
  expect(await query("select 1 from _prisma_migrations where migration_name like '2099%'")).toEqual([]);
  await rm(folder, { recursive: true });
});

it('waits with a breaking migration for servers that are about to stop, and for those that were killed', async () => {
  const { url, query } = await emptyDatabase();
  await migrate(url);
  const folder = await migrationsWith(BREAKING);
  await query(beat);
  const migrating = migrate(url, folder);
  await expect
    .poll(() => query("select 1 from pg_stat_activity where datname = current_database() and query like 'select name, version%'"))
    .toHaveLength(1);
  await query('delete from server_node');
  expect(await migrating).toEqual(Object.keys(BREAKING));
  await rm(folder, { recursive: true });
});

it('leaves nothing of a migration that fails half-way', async () => {
  const { url, query } = await emptyDatabase();
  const folder = await migrationsWith({ '20991231000000_broken': 'create table half (id int); select 1 / 0;' });
  await expect(migrate(url, folder)).rejects.toThrow(/20991231000000_broken failed and was rolled back: division by zero/);
  expect(await query("select to_regclass('half') as half")).toEqual([{ half: null }]);
  expect(await migrate(url)).toEqual([]);
  await rm(folder, { recursive: true });
});

it('names the migration that another tool left unfinished', async () => {
  const { url, query } = await emptyDatabase();
  await migrate(url);
  await query("insert into _prisma_migrations (id, checksum, migration_name) values ('1', '', '20261121000000_init')");
  await expect(migrate(url)).rejects.toThrow(/20261121000000_init was begun by another tool/);
});

const COLUMNS = `select table_name, column_name, udt_name, is_nullable, column_default, datetime_precision from information_schema.columns
  where table_schema = 'public' and table_name not in (select '_prisma_migrations' union all select v.table_name from information_schema.views as v) order by table_name, column_name`;
// Without partial indexes, which the schema language cannot say.
const INDEXES = `select tablename, indexname, replace(indexdef, ' ON ONLY ', ' ON ') as indexdef from pg_indexes where schemaname = 'public' and tablename <> '_prisma_migrations' and indexdef not like '% WHERE %' order by indexname`;
const KEYS = `select conrelid::regclass::text as on_table, conname, pg_get_constraintdef(oid) as definition from pg_constraint
  where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f') and conrelid <> '_prisma_migrations'::regclass order by 1, 2`;

it('says the same in migrations and in the Prisma schema', async () => {
  const migrated = await emptyDatabase();
  await migrate(migrated.url);
  const drafted = await emptyDatabase();
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/draft-migration.mjs', drafted.url], { cwd: root });
  await drafted.query('create table _prisma_migrations (id int)');
  await drafted.query(stdout);
  for (const catalog of [COLUMNS, INDEXES, KEYS]) {
    const rows = await migrated.query(catalog);
    expect(rows.length).toBeGreaterThan(10);
    expect(await drafted.query(catalog)).toEqual(rows);
  }
});
