import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { StartupError } from '../startup-error.js';
import { ADVISORY_LOCKS, withAdvisoryLock } from './advisory-lock.js';
import { refuseOldPostgres } from './postgres-version.js';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** The table of Prisma's own tools, so that `prisma migrate deploy` and `prisma migrate status` understand the database. */
const HISTORY_TABLE = `create table if not exists "_prisma_migrations" (
  "id" varchar(36) primary key not null,
  "checksum" varchar(64) not null,
  "finished_at" timestamptz,
  "migration_name" varchar(255) not null,
  "logs" text,
  "rolled_back_at" timestamptz,
  "started_at" timestamptz not null default now(),
  "applied_steps_count" integer not null default 0
)`;

/** How long a migration waits for a lock that others hold. */
const LOCK_TIMEOUT = '2s';
const LOCK_NOT_AVAILABLE = '55P03';
const PAUSE_MS = 1_000;
const TRIES = 60;

/** The first line of a migration that servers of the release before cannot live with. */
const BREAKING = '--! breaking\n';
/** A server that runs says so every two seconds; one that was killed is believed to be there for so long. */
const SAYS_SO = '6 seconds';
/** How long servers that stop may take. */
const STOPPING_TRIES = 10;

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Brings the database to this release, one transaction per migration, and answers the names of those it applied. */
export async function migrate(databaseUrl: string, folder = MIGRATIONS_FOLDER): Promise<string[]> {
  const known = await readMigrations(folder);
  return await withAdvisoryLock(databaseUrl, ADVISORY_LOCKS.migrations, async (client) => {
    await refuseOldPostgres(client);
    await client.query(HISTORY_TABLE);
    const applied = await appliedNames(client);
    refuseNewer(applied, known);
    const pending = known.filter(({ name }) => !applied.includes(name));
    await refuseBreaking(client, pending);
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  });
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return await Promise.all(names.sort().map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })));
}

async function appliedNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; done: boolean }>(
    'select migration_name as name, finished_at is not null as done from "_prisma_migrations" where rolled_back_at is null order by started_at',
  );
  const halfDone = rows.find(({ done }) => !done);
  if (halfDone !== undefined)
    throw new StartupError(
      `The migration ${halfDone.name} was begun by another tool and has not ended; repair it with "prisma migrate resolve".`,
    );
  return rows.map(({ name }) => name);
}

function refuseNewer(applied: readonly string[], known: readonly Migration[]): void {
  const names = new Set(known.map(({ name }) => name));
  const unknown = applied.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new StartupError(
    `The database is newer than this server: it has the migration ${unknown[0]}, which this release does not know. Start the newer release.`,
  );
}

/** Whoever runs before a migration is of a release before it: a breaking one waits until they have stopped, and is refused where they go on. */
async function refuseBreaking(client: pg.Client, pending: readonly Migration[]): Promise<void> {
  const breaking = pending.find(({ sql }) => sql.startsWith(BREAKING));
  if (breaking === undefined) return;
  let running = await runningServers(client);
  for (let tries = STOPPING_TRIES; running.length > 0 && tries > 0; tries -= 1) {
    await delay(PAUSE_MS);
    running = await runningServers(client);
  }
  if (running.length === 0) return;
  throw new StartupError(
    `The migration ${breaking.name} is one that older servers cannot live with; stop those that run on this database first: ${running.join(', ')}.`,
  );
}

async function runningServers(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query("select 1 from pg_tables where schemaname = current_schema() and tablename = 'server_node'");
  if (tables.length === 0) return [];
  const { rows } = await client.query<{ name: string; version: string }>(
    `select name, version from server_node where seen_at > clock_timestamp() - interval '${SAYS_SO}' order by name`,
  );
  return rows.map(({ name, version }) => `${name} (${version})`);
}

/** Servers that run have short transactions; a migration that waits for one makes everybody behind it wait, so it steps back and tries again. */
async function apply(client: pg.Client, migration: Migration): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    const outcome = await applyOnce(client, migration, tries > 1);
    if (outcome === 'applied') return;
    await delay(PAUSE_MS);
  }
}

async function applyOnce(client: pg.Client, { name, sql }: Migration, mayTryAgain: boolean): Promise<'applied' | 'locked'> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(sql);
    await client.query(
      'insert into "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count) values ($1, $2, $3, now(), clock_timestamp(), 1)',
      [randomUUID(), createHash('sha256').update(sql).digest('hex'), name],
    );
    await client.query('commit');
    return 'applied';
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (mayTryAgain && error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return 'locked';
    throw new StartupError(`The migration ${name} failed and was rolled back: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
