import { expect, it } from 'vitest';
import { aProxy } from '../harness/a-proxy.js';
import { until } from '../harness/until.js';
import { aWorld, isLong, type World } from './a-world.js';

const CROWDS = 2;
const CLIENTS = isLong ? 10_000 : 2_000;
const BIG = 60_000;
/** More than may wait for one client, in the server and in the buffers of sockets; far less than is sent until its heartbeat is missed. */
const WAITING = 24_000_000;

it.concurrent('a client never reads', async () => {
  await aWorld('a client that never reads', {}, async (world) => {
    const line = await world.own(aProxy(world.server.url));
    await world.aCrowd(20);
    const deaf = await world.aCrowd(1, { urls: [line.url], evaluateEveryMs: 0 });
    await until(
      () => connected(world),
      (count) => count === 21,
    );
    line.behave('stall');
    const book = world.aBook();
    book.acknowledged.add('big');
    const flag = { key: 'big', kind: 'config', type: 'string', variants: { a: 'a' }, owner: 'team' };
    expect((await world.admin().post('/api/v1/projects/default/flags', flag)).status).toBe(201);
    let writes = 0;
    while ((await connected(world)) === 21) {
      const variants = { a: String(++writes).padEnd(BIG, 'x') };
      expect((await world.admin().patch('/api/v1/projects/default/flags/big', { variants })).status).toBe(200);
    }
    expect(writes * BIG).toBeLessThan(WAITING);
    line.behave('pass');
    line.cut();
    await deaf.until(({ statuses }) => statuses.ready === 1);
    await world.closing(book);
  });
});

async function metric(world: World, name: string): Promise<number> {
  const found = [...(await world.server.metrics()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

const connected = (world: World) => metric(world, 'ballast_stream_clients');

/** Connections of servers that the database has; those that end leave their statistics. */
async function sessions(world: World): Promise<number | undefined> {
  const [row] = await world.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'ballast%'",
  );
  return row?.n;
}

/** How often the entries of a snapshot were read. */
async function reads(world: World): Promise<number> {
  const [row] = await world.query<{ scans: number }>(
    "SELECT (seq_scan + coalesce(idx_scan, 0))::int AS scans FROM pg_stat_user_tables WHERE relname = 'snapshot_entry'",
  );
  return row?.scans ?? 0;
}

it(`${CLIENTS} clients reconnect at once`, async () => {
  await aWorld(`${CLIENTS} clients reconnect`, {}, async (world) => {
    const crowds = await Promise.all(Array.from({ length: CROWDS }, () => world.aCrowd(CLIENTS / CROWDS, { evaluateEveryMs: 5_000 })));
    await until(
      () => connected(world),
      (count) => count === CLIENTS,
    );
    const book = world.aBook();
    await book.write(20);
    await world.server.kill();
    await until(
      () => sessions(world),
      (count) => count === 0,
    );
    const before = await reads(world);
    await world.server.start();
    await until(
      () => connected(world),
      (count) => count === CLIENTS,
    );
    await Promise.all(crowds.map((crowd) => crowd.until(({ statuses }) => statuses.ready === CLIENTS / CROWDS)));
    expect((await reads(world)) - before).toBeLessThanOrEqual(2);
    await book.write(20);
    await world.closing(book);
  });
});
