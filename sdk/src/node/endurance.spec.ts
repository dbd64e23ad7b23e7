import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { aPlace } from '../../test-support/a-place.js';
import { aFlag, aSnapshot, type Fault, KEY } from '../../test-support/a-server.js';
import { createClient as createBrowserClient } from '../browser/index.js';
import { CoreClient } from '../core/client.js';
import type { Platform } from '../core/transport.js';
import { createClient } from './index.js';
import { nodePlatform } from './platform.js';

const place = aPlace();

const platform = nodePlatform({ cache: false, flushOnExit: false });

/** A client of the place in which something of the platform is otherwise. */
const aClientWith = (otherwise: Partial<Platform>): CoreClient =>
  place.ends(new CoreClient({ ...platform, ...otherwise }, { url: place.server.url, key: KEY, logger: null, pollIntervalMs: 1_000 }));

/** Whole numbers from nought up to below a bound, the same for the same seed. */
function aChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it('recovers from outages of any length, every time', async () => {
  const waits: number[] = [];
  const client = aClientWith({
    random: () => 0.999,
    after: (ms, task, holds) => {
      waits.push(ms);
      return platform.after(ms / 500, task, holds);
    },
    http: (request, answer) => platform.http({ ...request, timeoutMs: 2_500_000 }, answer),
  });
  for (const revision of [10, 20]) {
    await place.server.stop();
    let failures = 0;
    const end = client.on('error', () => failures++);
    await vi.waitFor(() => expect(failures).toBeGreaterThan(25), 20_000);
    end();
    place.server.restore(aSnapshot([aFlag('new-checkout', 'on', { version: revision })], revision));
    await place.server.start();
    await vi.waitFor(() => expect([client.status, client.revision]).toEqual(['ready', revision]), 10_000);
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(1), 10_000);
  }
  expect(Math.max(...waits.filter((ms) => ms < 1_000_000))).toBeLessThanOrEqual(30_000);
}, 60_000);

const HOUR_MS = 3_600_000;

it.each([
  ['back by an hour', -HOUR_MS],
  ['on by an hour', HOUR_MS],
  ['back to 1970', -Date.now()],
  ['on by ten years', 87_600 * HOUR_MS],
])('serves on and loses no count when the clock is set %s, and right again', async (_, jump) => {
  let skew = 0;
  const client = aClientWith({ now: () => Date.now() + skew });
  await client.ready();
  await vi.waitFor(() => expect(place.server.hub?.size).toBe(1));
  let evaluations = 0;
  const evaluate = (): boolean => {
    evaluations++;
    return client.value('new-checkout', false);
  };
  for (const [turn, set] of [jump, 0, jump].entries()) {
    evaluate();
    skew = set;
    place.server.change(aFlag('new-checkout', turn % 2 === 0 ? 'off' : 'on', { version: turn + 2 }));
    await vi.waitFor(() => expect(evaluate()).toBe(turn % 2 !== 0));
    expect(client.status).toBe('ready');
    expect(await client.flush()).toBe(true);
  }
  evaluate();
  expect(await client.flush()).toBe(true);
  const counted = place.server.envelopes.flatMap(({ rows }) => rows.map(({ exposures }) => exposures));
  const dropped = place.server.envelopes.map((envelope) => envelope.dropped);
  expect([...counted, ...dropped].reduce((sum, n) => sum + n)).toBe(evaluations);
});

const sockets: WebSocket[] = [];

class WatchedSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    sockets.push(this);
  }
}

const kinds = {
  'a Node client': () => createClient({ url: place.server.url, key: KEY, logger: null, cache: false }),
  'a browser client': () => createBrowserClient({ url: place.server.url, key: KEY, logger: null, cache: false, webSocket: WatchedSocket }),
};
const faults: readonly (Fault | 'down' | 'fine')[] = ['fine', 500, 'hang', 'garbage', 'truncated', 'down'];

it.each(Object.entries(kinds).flatMap(([kind, create]) => faults.map((fault) => [kind, fault, create] as const)))(
  'closes %s at any moment of a start whose server is %s: at once, for good and without another word',
  async (_, fault, create) => {
    const chance = aChance(11);
    if (fault === 'down') await place.server.stop();
    else if (fault !== 'fine') for (const path of ['snapshot', 'changes', 'telemetry']) place.server.faults.set(`/sdk/v1/${path}`, fault);
    const startAndClose = async (): Promise<void> => {
      const client = create();
      const late: unknown[] = [];
      let isOver = false;
      for (const event of ['ready', 'stale', 'configurationChanged', 'error'] as const)
        client.on(event, (news) => isOver && late.push(news));
      const ready = client.ready({ timeoutMs: 60_000 });
      for (let turns = chance(400); turns > 0; turns--) await setImmediate();
      if (chance(2) === 0) client.value('new-checkout', false);
      if (chance(4) === 0) void client.flush();
      await Promise.all([client.close(), client.close()]);
      isOver = true;
      expect(client.status).toBe('closed');
      expect(['ready', 'closed']).toContain(await ready);
      expect(await client.ready()).toBe('closed');
      for (let turns = 50; turns > 0; turns--) await setImmediate();
      expect(late).toEqual([]);
    };
    await Promise.all(Array.from({ length: 40 }, startAndClose));
    const left = sockets.splice(0).filter(({ readyState }) => readyState === WebSocket.CONNECTING || readyState === WebSocket.OPEN);
    expect(left).toEqual([]);
    if (fault === 'down') await place.server.start();
    await vi.waitFor(() => expect([place.server.hub?.size, place.server.streams]).toEqual([0, 0]));
  },
  20_000,
);
