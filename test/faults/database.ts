import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { migrate } from '../../apps/server/src/database/index.js';
import { aPostgres } from '../harness/a-postgres.js';
import { aProxy } from '../harness/a-proxy.js';
import { SECRETS } from '../harness/index.js';
import { until } from '../harness/until.js';
import { aWorld, isLong, type World } from './a-world.js';

const AWAY_MS = isLong ? 60_000 : 5_000;
const POOL = 10;

for (const manner of ['stop', 'crash'] as const)
  it.concurrent(`PostgreSQL is away for ${AWAY_MS} ms under writes and streams: ${manner}`, async () => {
    const postgres = await aPostgres();
    await aWorld(`PostgreSQL away: ${manner}`, { database: postgres, servers: 2 }, async (world) => {
      const crowd = await world.aCrowd(30);
      const book = world.aBook();
      const writing = book.write(Number.POSITIVE_INFINITY);
      await book.reached(100);
      await postgres[manner]();
      const before = book.counts;
      await delay(AWAY_MS);
      expect((await crowd.report()).statuses).toEqual({ ready: 30 });
      await postgres.start();
      await book.reached(before.acknowledged + 100);
      book.enough();
      await writing;
      const closing = await world.closing(book);
      expect(closing.failures).toBeGreaterThan(before.failures);
    });
  });

it.concurrent('every connection of the pool waits for a lock', async () => {
  await aWorld('pool exhausted', {}, async (world) => {
    const crowd = await world.aCrowd(30);
    const book = world.aBook();
    await book.write(50);
    const holder = await world.aConnection();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE flag IN ACCESS EXCLUSIVE MODE');
    const reading = Array.from({ length: 3 * POOL }, () => world.admin().get('/api/v1/projects/default/flags'));
    await until(
      () => waiting(world),
      (count) => count === POOL,
    );
    const writing = book.write(50);
    await book.failed(8);
    expect(await statuses(world, '/health/live', '/health/ready', '/metrics', '/sdk/v1/snapshot')).toEqual([200, 200, 200, 200]);
    expect((await crowd.report()).statuses).toEqual({ ready: 30 });
    expect(book.counts.acknowledged).toBe(50);
    await holder.query('ROLLBACK');
    await writing;
    const answers = (await Promise.all(reading)).map(({ status }) => status);
    expect(new Set([200, 503, ...answers])).toEqual(new Set([200, 503]));
    expect(await world.closing(book)).toMatchObject({ acknowledged: 100, clients: 30 });
  });
});

async function waiting(world: World): Promise<number | undefined> {
  const [row] = await world.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ballast' AND wait_event_type = 'Lock'",
  );
  return row?.n;
}

async function statuses({ server }: World, ...paths: readonly string[]): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${SECRETS.serverKey}` };
  return Promise.all(paths.map(async (path) => (await fetch(`${server.url}${path}`, { headers })).status));
}

it.concurrent('the listening connection is cut without a word', async () => {
  await aWorld('LISTEN silent', { servers: 1 }, async (world) => {
    const line = await world.own(aProxy(world.database.url));
    const isListener = ({ opening }: { readonly opening: string }) => opening.includes('ballast-listener');
    const behind = await world.addServer({ databaseUrl: world.database.url.replace(/:\d+\//, `:${line.port}/`) });
    const crowd = await world.aCrowd(30, { urls: [behind.url] });
    const book = world.aBook([world.server.url]);
    expect(line.behave('swallow', isListener)).toBe(1);
    await book.write(100);
    await crowd.until(({ revisions }) => Object.keys(revisions).join() === '101');
    await until(
      () => line.wires.filter((wire) => isListener(wire) && !line.isSilent(wire)).length,
      (count) => count === 1,
    );
    await book.write(100);
    await world.closing(book);
  });
});

const EXPANSION = `
ALTER TABLE flag ADD COLUMN note text NOT NULL DEFAULT '';
ALTER TABLE change ADD COLUMN origin text;
CREATE INDEX flag_note ON flag (note);
UPDATE flag_config SET updated_by = updated_by;
`;

it.concurrent('a migration runs while old servers serve', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-migrations-'));
  await cp(join(import.meta.dirname, '../../prisma/migrations'), folder, { recursive: true });
  await mkdir(join(folder, '20991231000000_expansion'));
  await writeFile(join(folder, '20991231000000_expansion', 'migration.sql'), EXPANSION);
  await aWorld('migration', { servers: 2 }, async (world) => {
    await world.aCrowd(30);
    const book = world.aBook();
    const writing = book.write(Number.POSITIVE_INFINITY, 4);
    await book.reached(50);
    const reader = await world.aConnection();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM flag');
    const migrating = migrate(world.database.url, folder);
    await until(
      () =>
        world.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%flag_note%'",
        ),
      ({ length }) => length === 1,
    );
    await book.reached(book.counts.acknowledged + 50);
    await reader.query('COMMIT');
    expect(await migrating).toEqual(['20991231000000_expansion']);
    await book.reached(book.counts.acknowledged + 50);
    book.enough();
    await writing;
    expect(await world.closing(book)).toMatchObject({ unsure: 0 });
  });
  await rm(folder, { recursive: true });
});
