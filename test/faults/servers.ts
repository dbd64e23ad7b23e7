import { expect, it } from 'vitest';
import { aProxy } from '../harness/a-proxy.js';
import { until } from '../harness/until.js';
import { aWorld, isLong, type World } from './a-world.js';

/** A project holds 10 000 flags, those among them of which nobody knew whether they were saved. */
const WRITES = isLong ? 9_000 : 1_000;
const KILLS = isLong ? 20 : 1;
const ROUNDS = isLong ? 10 : 1;
const AN_HOUR_MS = 3_600_000;

it.concurrent(`a server is killed in the middle of ${WRITES} writes`, async () => {
  await aWorld('kill -9', {}, async (world) => {
    await world.aCrowd(30);
    const book = world.aBook();
    const writing = book.write(WRITES);
    for (let kill = 1; kill <= KILLS; kill++) {
      await book.reached(Math.floor((WRITES * kill) / (KILLS + 1)));
      await world.server.kill();
      await world.server.start();
    }
    await writing;
    const closing = await world.closing(book);
    expect(closing).toMatchObject({ acknowledged: WRITES, clients: 30 });
    expect(closing.failures).toBeGreaterThan(0);
  });
});

async function theLeader(world: World) {
  return until(
    async () => {
      const leads = await Promise.all(world.servers.map((server) => server.isLeader()));
      return world.servers.filter((_, i) => leads[i]);
    },
    ({ length }) => length === 1,
  );
}

it.concurrent('two of three servers are killed, the leader among them', async () => {
  await aWorld('two of three killed', { servers: 3 }, async (world) => {
    const balancer = await world.own(aProxy(...world.urls));
    await world.aCrowd(30, { urls: [balancer.url] });
    const book = world.aBook([balancer.url]);
    for (let round = 0; round < ROUNDS; round++) {
      const writing = book.write(Number.POSITIVE_INFINITY);
      await book.reached(book.counts.acknowledged + 150);
      const [leader] = await theLeader(world);
      const [other, survivor] = world.servers.filter((server) => server !== leader);
      await Promise.all([leader?.kill(), other?.kill()]);
      const before = book.counts.acknowledged;
      await until(
        () => survivor?.isLeader(),
        (leads) => leads === true,
      );
      await book.reached(before + 150);
      book.enough();
      await writing;
      await world.closing(book);
      await Promise.all([leader?.start(), other?.start()]);
    }
  });
});

it.concurrent('three servers are restarted one after another under load', async () => {
  await aWorld('rolling restart', { servers: 3 }, async (world) => {
    const balancer = await world.own(aProxy(...world.urls));
    const crowd = await world.aCrowd(30, { urls: [balancer.url] });
    const book = world.aBook([balancer.url]);
    const writing = book.write(Number.POSITIVE_INFINITY, 4);
    for (let round = 0; round < ROUNDS; round++)
      for (const server of world.servers) {
        await book.reached(book.counts.acknowledged + 50);
        expect(await server.stop()).toBe(0);
        await book.reached(book.counts.acknowledged + 50);
        await server.start();
      }
    book.enough();
    await writing;
    const closing = await world.closing(book);
    expect(closing.unsure).toBe(0);
    expect((await crowd.report()).stales).toBe(0);
  });
});

it.concurrent('the clock of one of two servers is an hour ahead', async () => {
  const startedWith = (server: number) =>
    server === 0 ? {} : { preload: ['test/harness/shifted-clock.mjs'], env: { CLOCK_AHEAD_MS: String(AN_HOUR_MS) } };
  await aWorld('a clock off by an hour', { servers: 2, startedWith }, async (world) => {
    await world.aCrowd(30);
    const book = world.aBook();
    await book.write(isLong ? 5_000 : 200);
    book.acknowledged.add(await doneOnce(world));
    const keys = '/api/v1/projects/default/environments/development/keys';
    const expiresAt = new Date(Date.now() + AN_HOUR_MS / 2).toISOString();
    const key = await world.admin().post(keys, { name: 'half an hour', kind: 'server', expiresAt });
    expect(key.status).toBe(201);
    for (const url of world.urls) {
      const answer = await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${key.body.secret}` } });
      expect(answer.status).toBe(200);
    }
    await world.closing(book);
    const slots = await world.query("SELECT flag FROM counted WHERE slot NOT BETWEEN now() - interval '10 minutes' AND now()");
    expect(slots).toEqual([]);
  });
});

/** While one server is at a creation, the other one is asked for the same: it sees that somebody is at it. */
async function doneOnce(world: World): Promise<string> {
  const key = 'done-once';
  const holder = await world.aConnection();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM revision FOR UPDATE');
  const flag = { key, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  const headers = { 'idempotency-key': key };
  const send = (url: string | undefined) => world.admin(url).post('/api/v1/projects/default/flags', flag, { headers });
  const first = send(world.urls[0]);
  await until(
    () => world.query('SELECT 1 FROM idempotency_key WHERE key = $1', [key]),
    ({ length }) => length === 1,
  );
  expect(await send(world.urls[1])).toMatchObject({ status: 409, body: { code: 'idempotency.in_progress' } });
  await holder.query('ROLLBACK');
  expect((await first).status).toBe(201);
  return key;
}
