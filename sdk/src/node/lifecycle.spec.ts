import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aServer, aSnapshot, KEY, type TestServer } from '../../test-support/a-server.js';
import { CoreClient } from '../core/client.js';
import type { Platform } from '../core/transport.js';
import { createClient, inRequestScope, type NodeClientOptions } from './index.js';
import { nodePlatform } from './platform.js';

let server: TestServer;

beforeEach(async () => {
  server = await aServer(aFlag('new-checkout', 'on'));
});

afterEach(() => server.stop());

const options = (): NodeClientOptions => ({ url: server.url, key: KEY, logger: null, cache: false });

describe('given options that are garbage', () => {
  const garbage: unknown[] = [
    undefined,
    null,
    7,
    'text',
    [],
    {},
    { url: 'nowhere', key: 'k' },
    { url: 'http://localhost', key: 'line\nbreak' },
    { url: 'http://localhost:99999', key: 'k' },
    { url: 'http://[', key: 'k' },
    { url: 'https://%', key: 'k' },
    {
      get url() {
        throw new Error('hostile');
      },
    },
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('hostile');
        },
      },
    ),
  ];

  it.each(garbage)('%# starts all the same, says what is wrong, and serves defaults', async (given) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const client = Reflect.apply(createClient, undefined, [given]);
    const problem = new Promise((resolve) => client.on('error', resolve));
    expect(await client.ready()).toBe('closed');
    expect(await problem).toBeInstanceOf(Error);
    expect(warn).toHaveBeenCalled();
    expect(client.value('new-checkout', 'default')).toBe('default');
    expect(client.run('new-checkout', {}, { on: () => 1, off: () => 2 })).toBe(2);
    expect(await client.flush()).toBe(true);
    await client.close();
    warn.mockRestore();
  });

  it('still serves the bootstrap', async () => {
    const client = Reflect.apply(createClient, undefined, [{ logger: null, bootstrap: aSnapshot([aFlag('new-checkout', 'on')]) }]);
    expect(await client.ready()).toBe('stale');
    expect(client.value('new-checkout', false)).toBe(true);
    await client.close();
  });

  it('passes over an interval, a bootstrap, a cache and a context that make no sense', async () => {
    const nonsense = { ...options(), pollIntervalMs: Number.NaN, bootstrap: 'flags', cache: 5, context: 'me', telemetry: 'yes' };
    const client = Reflect.apply(createClient, undefined, [nonsense]);
    expect(await client.ready()).toBe('ready');
    expect(client.value('new-checkout', false)).toBe(true);
    await client.close();
  });
});

describe('given calls that are garbage', () => {
  it('answers the default', async () => {
    const client = createClient(options());
    await client.ready();
    const call = (...given: unknown[]): unknown => Reflect.apply(client.value, client, given);
    for (const key of [undefined, null, 7, 7n, Symbol('s'), {}, '__proto__', 'constructor']) expect(call(key, 'default')).toBe('default');
    for (const value of [undefined, null, Number.NaN, () => 1, 7n]) expect(call('new-checkout', value)).toBe(value);
    for (const context of [
      null,
      7,
      'text',
      [],
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('hostile');
          },
        },
      ),
    ]) {
      expect(call('new-checkout', false, context)).toBe(true);
    }
    expect(await Reflect.apply(client.ready, client, [{ timeoutMs: 'soon' }])).toBe('ready');
    await client.close();
  });
});

it('outlives listeners and loggers that throw', async () => {
  const broken = () => {
    throw new Error('broken listener');
  };
  const failures: string[] = [];
  const client = createClient({ ...options(), logger: { warn: broken, error: (message) => failures.push(message) && broken() } });
  client.on('ready', broken);
  client.on('ready', async () => broken());
  const heard = new Promise((resolve) => client.on('ready', resolve));
  expect(await heard).toEqual({ revision: 1, cached: false, keys: [] });
  expect(await client.ready()).toBe('ready');
  await vi.waitFor(() => expect(failures).toHaveLength(2));
  await client.close();
});

it('ends a listener when it is told to, and knows no other events', async () => {
  const client = createClient(options());
  const heard: unknown[] = [];
  const end = client.on('ready', (event) => heard.push(event));
  end();
  end();
  expect(Reflect.apply(client.on, client, ['no-such-event', () => {}])).toBeTypeOf('function');
  await client.ready();
  await client.close();
  expect(heard).toEqual([]);
});

describe('given a client that is closed', () => {
  it('serves what it last had, and counts no more', async () => {
    const client = createClient(options());
    await client.ready();
    await client.close();
    expect(client.value('new-checkout', false)).toBe(true);
    expect(await client.flush()).toBe(true);
    expect(server.attempts).toEqual([]);
  });

  it('closes while the server hangs', async () => {
    server.faults.set('/sdk/v1/changes', 'hang');
    server.faults.set('/sdk/v1/telemetry', 'hang');
    const client = createClient({ ...options(), bootstrap: aSnapshot([aFlag('new-checkout')]) });
    client.value('new-checkout', false);
    await vi.waitFor(() => expect(server.paths).toContain('/sdk/v1/changes'));
    await client.close();
    expect(client.status).toBe('closed');
    await vi.waitFor(() => expect(server.abandoned).toEqual(['/sdk/v1/changes', '/sdk/v1/telemetry']));
  });

  it('leaves no timer, socket or listener behind in thirty starts and stops', async () => {
    const timers = new Set<object>();
    const { after, ...platform } = nodePlatform({});
    const counting: Platform = {
      ...platform,
      after: (ms, task, holds) => {
        const timer = {};
        timers.add(timer);
        const done = after(ms, () => timers.delete(timer) && task(), holds);
        return () => {
          timers.delete(timer);
          done();
        };
      },
    };
    const listeners = () => process.listenerCount('SIGTERM') + process.listenerCount('beforeExit');
    const before = listeners();
    for (let i = 0; i < 30; i++) {
      const client = new CoreClient(counting, options());
      await client.ready();
      let isClosed = (): void => {};
      const untilItIsClosed = new Promise<void>((resolve) => {
        isClosed = resolve;
      });
      const request = inRequestScope(async () => [client.value('new-checkout', false), await untilItIsClosed]);
      client.value('new-checkout', false);
      expect(timers.size).toBeGreaterThan(0);
      await client.close();
      client.value('new-checkout', false);
      isClosed();
      await request;
      expect(timers.size).toBe(0);
    }
    expect(listeners()).toBe(before);
    await vi.waitFor(() => expect(server.hub?.size).toBe(0));
    await vi.waitFor(() => expect(server.streams).toBe(0));
  });
});

it('merges the context of the client with that of the call, whose attributes win', async () => {
  const when = { attribute: 'plan', op: 'in', values: ['pro'] } as const;
  server.change(aFlag('by-plan', 'off', { version: 2, rules: [{ id: 'r', when, serve: { variant: 'on' } }] }));
  const client = createClient({ ...options(), context: { plan: 'pro' } });
  await client.ready();
  expect(client.value('by-plan', false)).toBe(true);
  expect(client.value('by-plan', false, { plan: 'free' })).toBe(false);
  expect(client.value('by-plan', false, { country: 'NL' })).toBe(true);
  await client.close();
});

it('reads a moment as RFC 3339 text or epoch milliseconds, and takes a Date object for no match', async () => {
  const when = { attribute: 'birth', op: 'before', values: ['2010-01-01T00:00:00Z'] } as const;
  server.change(aFlag('of-age', 'off', { version: 2, rules: [{ id: 'r', when, serve: { variant: 'on' } }] }));
  const client = createClient(options());
  await client.ready();
  const birth = new Date('2001-02-03T04:05:06Z');
  expect(client.value('of-age', false, { birth: birth.toISOString() })).toBe(true);
  expect(client.value('of-age', false, { birth: birth.getTime() })).toBe(true);
  expect(client.details('of-age', true, { birth })).toMatchObject({ value: false, reason: 'DEFAULT' });
  await client.close();
});
