import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aPlace } from '../../test-support/a-place.js';
import { aProxy } from '../../test-support/a-proxy.js';
import { aFlag, aSnapshot, KEY } from '../../test-support/a-server.js';
import type { Client } from '../core/api.js';
import { CoreClient } from '../core/client.js';
import type { Platform } from '../core/transport.js';
import { nodePlatform } from './platform.js';

const place = aPlace();

describe('given a server', () => {
  it('serves live flags once it is ready', async () => {
    const client = place.aClient();
    expect(client.value('new-checkout', false)).toBe(false);
    expect(await client.ready()).toBe('ready');
    expect(client.value('new-checkout', false)).toBe(true);
    expect(client.revision).toBe(1);
  });

  it('serves a change that was streamed and tells which flags it touches', async () => {
    const client = place.aClient();
    await client.ready();
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(1));
    const changed = new Promise((resolve) => client.on('configurationChanged', resolve));
    place.server.change(aFlag('new-checkout', 'off', { version: 2 }));
    expect(await changed).toEqual({ revision: 2, cached: false, keys: ['new-checkout'] });
    expect(client.details('new-checkout', true)).toMatchObject({ value: false, variant: 'off', reason: 'STATIC', version: 2 });
    expect(place.server.paths.filter((path) => path.endsWith('/snapshot'))).toHaveLength(1);
  });
});

describe('given a server that is not there at first', () => {
  it('serves the code default, settles in time, and serves live flags once the server is up', async () => {
    await place.server.stop();
    const client = place.aClient();
    expect(await client.ready({ timeoutMs: 30 })).toBe('connecting');
    expect(client.details('new-checkout', false)).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' });
    await place.server.start();
    expect(await client.ready({ timeoutMs: 20_000 })).toBe('ready');
    expect(client.value('new-checkout', false)).toBe(true);
  });

  it('serves the last known good of the process before, and says that it is stale', async () => {
    const first = place.aClient();
    await first.ready();
    await first.close();
    await place.server.stop();
    const client = place.aClient({ bootstrap: aSnapshot([aFlag('new-checkout', 'off')], 7) });
    expect(client.value('new-checkout', false)).toBe(true);
    expect(await client.ready()).toBe('stale');
    place.server.restore(aSnapshot([aFlag('new-checkout', 'off', { version: 9 })], 9));
    await place.server.start();
    await vi.waitFor(() => expect(client.status).toBe('ready'), 15_000);
    expect(client.details('new-checkout', true)).toMatchObject({ value: false, version: 9 });
  });

  it('asks for the flags themselves where nobody vouches for the bootstrap, whatever its revision', async () => {
    const { checksum: _checksum, ...bare } = aSnapshot([aFlag('new-checkout', 'off')], place.server.revision);
    const client = place.aClient({ bootstrap: bare, cache: false });
    expect(client.value('new-checkout', true)).toBe(false);
    expect(await client.ready()).toBe('ready');
    expect(client.value('new-checkout', false)).toBe(true);
  });

  it('serves the bootstrap when nothing was kept, with or without a checksum', async () => {
    await place.server.stop();
    const { checksum, ...bare } = aSnapshot([aFlag('new-checkout', 'on')]);
    for (const bootstrap of [bare, { ...bare, checksum }]) {
      expect(place.aClient({ bootstrap, cache: false }).value('new-checkout', false)).toBe(true);
    }
    expect(place.aClient({ bootstrap: { ...bare, checksum: checksum + 1 }, cache: false }).value('new-checkout', false)).toBe(false);
  });
});

describe.each([500, 403, 'garbage', 'truncated'] as const)('given a first answer that is %s', (fault) => {
  it('recovers without being asked', async () => {
    place.server.faults.set('/sdk/v1/snapshot', fault);
    const client = place.aClient();
    const failed = new Promise((resolve) => client.on('error', resolve));
    expect(await failed).toBeInstanceOf(Error);
    expect(client.status).toBe('connecting');
    place.server.faults.clear();
    expect(await client.ready({ timeoutMs: 20_000 })).toBe('ready');
  });
});

it('gives up an answer that hangs, and asks again', async () => {
  place.server.faults.set('/sdk/v1/snapshot', 'hang');
  const { http, ...platform } = nodePlatform({ cache: false, flushOnExit: false });
  const hasty = { ...platform, http: (request, answer) => http({ ...request, timeoutMs: 50 }, answer) } satisfies Platform;
  const client = place.ends(new CoreClient(hasty, { url: place.server.url, key: KEY, logger: null }));
  expect(await client.ready({ timeoutMs: 20 })).toBe('connecting');
  place.server.faults.clear();
  expect(await client.ready({ timeoutMs: 10_000 })).toBe('ready');
});

describe('given a client that is connected', () => {
  let client: Client;

  beforeEach(async () => {
    client = place.aClient({ pollIntervalMs: 1_000 });
    await client.ready();
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(1));
  });

  it('asks for what is missing when a delta does not follow', async () => {
    place.server.feeds.publish('default/test', 'server', place.server.deltaTo(aFlag('other')));
    const skipped = place.server.deltaTo(aFlag('new-checkout', 'off', { version: 3 }));
    place.server.sockets?.of('/sdk').emit('delta', { ...skipped, from: 40, to: 41 });
    await vi.waitFor(() => expect(client.revision).toBe(2));
    place.server.change(aFlag('new-checkout', 'off', { version: 3 }));
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false));
  });

  it('passes over a delta that it has already applied', async () => {
    const heard: number[] = [];
    client.on('configurationChanged', ({ revision }) => heard.push(Number(revision)));
    const first = place.server.change(aFlag('other'));
    place.server.sockets?.of('/sdk').emit('delta', first);
    place.server.change(aFlag('new-checkout', 'off', { version: 3 }));
    await vi.waitFor(() => expect(heard).toEqual([2, 3]));
    expect(client.revision).toBe(3);
  });

  it('fetches the snapshot when a delta is garbage or its checksum differs', async () => {
    const lie = { ...place.server.deltaTo(aFlag('new-checkout', 'off', { version: 2 })), checksum: 1 };
    for (const delta of [lie, { nonsense: true }, null]) {
      place.server.paths.length = 0;
      place.server.sockets?.of('/sdk').emit('delta', delta);
      await vi.waitFor(() => expect(place.server.paths).toEqual(['/sdk/v1/snapshot']));
      await vi.waitFor(() => expect(client.status).toBe('ready'));
    }
    expect(client.value('new-checkout', false)).toBe(true);
  });

  it('takes an older snapshot when the server was set back', async () => {
    place.server.change(aFlag('other'));
    await vi.waitFor(() => expect(client.revision).toBe(2));
    place.server.restore(aSnapshot([aFlag('new-checkout', 'off')], 1));
    await vi.waitFor(() => expect(client.revision).toBe(1));
    expect(client.value('new-checkout', true)).toBe(false);
  });

  it('polls while the socket cannot be made, and streams again when it can', async () => {
    let isShut = true;
    place.server.sockets?.of('/sdk').use((_socket, next) => next(isShut ? new Error('no sockets today') : undefined));
    place.server.sockets?.of('/sdk').disconnectSockets(true);
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(0));
    place.server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false), 10_000);
    expect(client.status).toBe('ready');
    expect(place.server.paths).toContain('/sdk/v1/changes');
    isShut = false;
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(1), 15_000);
  }, 30_000);

  it('serves every change while something between kills its sockets as soon as they are open, and streams when that ends', async () => {
    const proxy = await aProxy(place.server.url);
    const behind = place.aClient({ url: proxy.url, pollIntervalMs: 1_000 });
    await behind.ready();
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(2));
    proxy.killsSockets = true;
    proxy.cut();
    await vi.waitFor(() => expect(proxy.killed).toBeGreaterThan(2), 10_000);
    place.server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(behind.value('new-checkout', true)).toBe(false), 10_000);
    expect(behind.status).toBe('ready');
    proxy.killsSockets = false;
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(2), 30_000);
    place.server.change(aFlag('new-checkout', 'on', { version: 3 }));
    await vi.waitFor(() => expect(behind.value('new-checkout', false)).toBe(true), 5_000);
    await behind.close();
    await proxy.stop();
  }, 60_000);

  it('serves on when the server is gone, says stale, and catches up when it is back', async () => {
    await place.server.stop();
    await vi.waitFor(() => expect(client.status).toBe('stale'), 10_000);
    expect(client.value('new-checkout', false)).toBe(true);
    place.server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await place.server.start();
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false), 20_000);
    expect(client.status).toBe('ready');
  }, 40_000);

  it('serves on and says so once when its key is revoked, and never comes back', async () => {
    const problems: string[] = [];
    client.on('error', ({ message }) => problems.push(message));
    place.server.revoke();
    await vi.waitFor(() => expect(client.status).toBe('stale'));
    await vi.waitFor(() => expect(problems).toEqual(['revoked']));
    expect(client.value('new-checkout', false)).toBe(true);
    expect(place.server.hub?.size).toBe(0);
  });

  it('tells the server which revision it has applied', async () => {
    place.server.change(aFlag('other'));
    await vi.waitFor(() =>
      expect(place.server.hub?.census.receipts.in('default/test')).toMatchObject([{ revision: 2, at: expect.any(Number) }]),
    );
  });
});

it('takes an interval that no timer can last', async () => {
  place.server.sockets?.of('/sdk').use((_socket, next) => next(new Error('no sockets today')));
  const { after, ...platform } = nodePlatform({ cache: false, flushOnExit: false });
  const waits: number[] = [];
  const watched: Platform = {
    ...platform,
    random: () => 0.999,
    after: (ms, task, holds) => {
      waits.push(ms);
      return after(ms, task, holds);
    },
  };
  const client = place.ends(
    new CoreClient(watched, { url: place.server.url, key: KEY, logger: null, pollIntervalMs: Number.POSITIVE_INFINITY }),
  );
  await client.ready();
  await vi.waitFor(() => expect(Math.max(...waits)).toBeGreaterThan(86_400_000));
  expect(Math.max(...waits)).toBeLessThan(2 ** 31);
});

it.each(['/nothing', '/sdk/v1/snapshot'])('settles at once with a key that the server does not know, even while %s hangs', async (path) => {
  place.server.faults.set(path, 'hang');
  const client = place.aClient({ key: 'sk_unknown' });
  expect(await client.ready()).toBe('closed');
  expect(client.value('new-checkout', false)).toBe(false);
});

it('writes a problem that repeats to the log once', async () => {
  place.server.faults.set('/sdk/v1/snapshot', 500);
  const warnings: string[] = [];
  let problems = 0;
  const client = place.aClient({ logger: { warn: (message) => warnings.push(message), error: () => {} } });
  client.on('error', () => problems++);
  await vi.waitFor(() => expect(problems).toBeGreaterThan(2), 15_000);
  expect(warnings).toEqual([expect.stringContaining('500')]);
}, 20_000);
