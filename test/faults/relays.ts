import { mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { aCrowd } from '../harness/a-crowd.js';
import { aProxy } from '../harness/a-proxy.js';
import { aRelay, aRelayKey } from '../harness/a-relay.js';
import { SECRETS } from '../harness/index.js';
import { until } from '../harness/until.js';
import { aWorld, isLong, type World } from './a-world.js';

const CUT_MS = isLong ? 120_000 : 10_000;

/** A relay behind a line that can be cut. */
async function behindALine(world: World) {
  const line = await world.own(aProxy(world.server.url));
  const key = await aRelayKey({ url: world.server.url, adminToken: SECRETS.adminToken });
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-relay-'));
  const relay = await aRelay({ upstreamUrl: line.url, key, dataDir });
  await world.own({ stop: () => relay.remove() });
  return { line, relay, dataDir };
}

for (const manner of ['refuse', 'swallow'] as const)
  it.concurrent(`the network between relay and server is cut for ${CUT_MS} ms: ${manner}`, async () => {
    await aWorld(`relay cut off: ${manner}`, {}, async (world) => {
      const { line, relay } = await behindALine(world);
      const crowd = await world.aCrowd(30, { urls: [relay.url] });
      const book = world.aBook();
      await book.write(50);
      line.behave(manner);
      const cut = delay(CUT_MS);
      await book.write(50);
      await crowd.until(({ statuses }) => statuses.stale === 30);
      const late = await world.own(aCrowd().then((made) => ({ made, stop: () => made.kill() })));
      expect((await late.made.join(5, [relay.url], SECRETS.serverKey)).statuses).toEqual({ stale: 5 });
      await cut;
      line.behave('pass');
      await book.write(50);
      await world.closing(book);
      await late.made.until(({ statuses }) => statuses.ready === 5);
    });
  });

it.concurrent('the disk of the relay is full', async () => {
  await aWorld('disk of the relay full', {}, async (world) => {
    const { line, relay, dataDir } = await behindALine(world);
    const crowd = await world.aCrowd(30, { urls: [relay.url] });
    const [file] = await until(
      async () => (await readdir(dataDir)).filter((name) => name.endsWith('.json')),
      ({ length }) => length === 1,
    );
    const kept = join(dataDir, String(file));
    const before = await readFile(kept, 'utf8');
    await symlink('/dev/full', `${kept}.new`);
    const book = world.aBook();
    await book.write(50);
    await until(
      () => relay.said,
      (said) => said.includes('ENOSPC'),
    );
    expect(await readFile(kept, 'utf8')).toBe(before);
    await world.closing(book);
    line.behave('refuse');
    await relay.kill();
    await relay.start();
    await crowd.until(({ statuses }) => statuses.stale === 30);
    line.behave('pass');
    await book.write(50);
    await crowd.until(({ statuses }) => statuses.ready === 30);
    await world.closing(book);
  });
});
