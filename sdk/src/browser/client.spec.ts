import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import type { BrowserClient } from '../core/api.js';
import { type BrowserClientOptions, createClient } from './index.js';

let server: TestServer;
let client: BrowserClient;

const start = (options: Partial<BrowserClientOptions> = {}): BrowserClient => {
  client = createClient({ url: server.url, key: KEY, logger: null, webSocket: WebSocket, ...options });
  return client;
};

beforeEach(async () => {
  server = await aServer(aFlag('new-checkout', 'on'));
});

afterEach(async () => {
  await client.close();
  vi.unstubAllGlobals();
  await server.stop();
});

describe('given the real gateway', () => {
  beforeEach(async () => {
    await start({ pollIntervalMs: 1_000 }).ready();
    await vi.waitFor(() => expect(server.hub?.size).toBe(1));
  });

  it('says who it is and what it holds', () => {
    expect(server.handshakes).toEqual([{ key: KEY, instance: expect.stringMatching(/^\d+(-\d+){3}$/), sdk: 'ballast-browser/0.1.0' }]);
  });

  it('serves what is streamed', async () => {
    server.change(aFlag('new-checkout', 'off', { version: 2, metadata: { note: '[{"tricky": 🙂' } }));
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false));
    expect(client.details('new-checkout', true).flagMetadata).toEqual({ note: '[{"tricky": 🙂' });
  });

  it('answers the pings of the server, so that it stays', async () => {
    const pings: unknown[] = [];
    for (const [, socket] of server.sockets?.of('/sdk').sockets ?? []) socket.conn.on('heartbeat', () => pings.push('pong'));
    await vi.waitFor(() => expect(pings.length).toBeGreaterThan(3), 5_000);
    expect(server.handshakes).toHaveLength(1);
    expect(client.status).toBe('ready');
  });

  it('sends receipts', async () => {
    server.change(aFlag('other'));
    await vi.waitFor(() => expect(server.hub?.census.receipts.in('default/test')).toMatchObject([{ revision: 2 }]));
  });

  it('comes back with what it holds after the socket was cut', async () => {
    server.sockets?.of('/sdk').disconnectSockets(true);
    await vi.waitFor(() => expect(server.handshakes).toHaveLength(2), 10_000);
    expect(server.handshakes[1]).toMatchObject({ since: 1 });
    server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false), 10_000);
  });

  it('leaves for good when its key is revoked', async () => {
    const problem = new Promise<Error>((resolve) => client.on('error', resolve));
    server.revoke();
    expect((await problem).message).toBe('revoked');
    expect(client.status).toBe('stale');
    expect(client.value('new-checkout', false)).toBe(true);
  });

  it('sends its counts when it is closed', async () => {
    client.run('new-checkout', {}, { on: () => 1, off: () => 2 });
    await client.close();
    expect(server.envelopes).toMatchObject([{ rows: [{ flag: 'new-checkout', exposures: 1, ok: 1 }] }]);
    await vi.waitFor(() => expect(server.streams).toBe(0));
  });
});

it('takes a server that goes silent for gone', async () => {
  await start({ pollIntervalMs: 60_000 }).ready();
  await vi.waitFor(() => expect(server.hub?.size).toBe(1));
  server.faults.set('/sdk/v1/changes', 'hang');
  server.hold();
  await vi.waitFor(() => expect(client.status).toBe('stale'), 10_000);
  server.release();
  server.faults.clear();
  await vi.waitFor(() => expect(client.status).toBe('ready'), 20_000);
}, 30_000);

it('is told by a refused socket that its key is not known', async () => {
  server.faults.set('/sdk/v1/snapshot', 'hang');
  expect(await start({ key: 'unknown' }).ready({ timeoutMs: 10_000 })).toBe('closed');
});

it.each(['not a frame', '0garbage', '42/sdk,{"not":"a list"}', '41/sdk,'])(
  'recovers from a server that says %s',
  async (frame) => {
    await start({ pollIntervalMs: 1_000 }).ready();
    await vi.waitFor(() => expect(server.hub?.size).toBe(1));
    for (const [, socket] of server.sockets?.of('/sdk').sockets ?? []) Reflect.get(socket.conn.transport, 'socket').send(frame);
    server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false), 10_000);
  },
  15_000,
);

it('polls where sockets cannot even be made, and keeps trying', async () => {
  let attempts = 0;
  const forbidden = class extends WebSocket {
    constructor(url: string) {
      attempts++;
      super(`forbidden by the page: ${url}`);
    }
  };
  start({ pollIntervalMs: 1_000, webSocket: forbidden });
  await client.ready();
  server.change(aFlag('new-checkout', 'off', { version: 2 }));
  await vi.waitFor(() => expect(client.value('new-checkout', true)).toBe(false), 10_000);
  await vi.waitFor(() => expect(attempts).toBeGreaterThan(1), 10_000);
});

it('evaluates with the current context', async () => {
  const when = { attribute: 'plan', op: 'in', values: ['pro'] } as const;
  server.change(aFlag('by-plan', 'off', { version: 2, rules: [{ id: 'r', when, serve: { variant: 'on' } }] }));
  await start({ context: { plan: 'free' } }).ready();
  expect(client.value('by-plan', false)).toBe(false);
  client.setContext({ plan: 'pro' });
  expect(client.value('by-plan', false)).toBe(true);
});

describe('given a storage', () => {
  const kept = new Map<string, string>();
  const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => void kept.set(name, text) };

  it('serves the last known good at once, and nothing that is corrupt', async () => {
    vi.stubGlobal('localStorage', storage);
    await start().ready();
    await client.close();
    await server.stop();
    expect(start().value('new-checkout', false)).toBe(true);
    await client.close();
    for (const [name, text] of kept) kept.set(name, text.replace('"on"', '"no"'));
    expect(start().value('new-checkout', false)).toBe(false);
    await server.start();
  });

  it('goes on when it is full or forbidden', async () => {
    const warnings: string[] = [];
    const full = () => {
      throw new Error('quota exceeded');
    };
    vi.stubGlobal('localStorage', { getItem: full, setItem: full });
    await start({ logger: { warn: (message) => warnings.push(message), error: () => {} } }).ready();
    await client.close();
    expect(warnings).toEqual([expect.stringContaining('quota'), expect.stringContaining('quota')]);
    expect(client.value('new-checkout', false)).toBe(true);
  });
});

it('sends its counts when the page is hidden, shown or left, with the request that outlives the page', async () => {
  const page = Object.assign(new EventTarget(), { defaultView: new EventTarget() });
  vi.stubGlobal('document', page);
  const init = vi.spyOn(globalThis, 'fetch');
  await start().ready();
  client.value('new-checkout', false);
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(server.envelopes).toHaveLength(1));
  expect(init.mock.lastCall?.[1]).toMatchObject({ keepalive: true, method: 'POST' });
  client.value('new-checkout', false);
  page.defaultView.dispatchEvent(new Event('pagehide'));
  await vi.waitFor(() => expect(server.envelopes).toHaveLength(2));
});
