import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import { compressed } from './compressed.js';
import { createClient, type InsightfulBrowserClientOptions } from './insights.js';

let server: TestServer;
let client: ReturnType<typeof createClient>;

const start = async (options: Partial<InsightfulBrowserClientOptions> = {}) => {
  client = createClient({ url: server.url, key: KEY, logger: null, webSocket: WebSocket, cache: false, ...options });
  await client.ready();
};

beforeEach(async () => {
  server = await aServer(aFlag('banner', 'on', { version: 2 }));
});

afterEach(async () => {
  await client.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await server.stop();
});

it('counts an event for what the current context was served, slow runs, and what code went through', async () => {
  await start({ tracking: true, slowMs: [1, 3_600_000], context: { targetingKey: 'visitor' } });
  const branch = () => new Promise((resolve) => setTimeout(resolve, 20));
  await client.run('banner', {}, { on: branch, off: branch });
  client.count('banner', {}, { retries: 2, invalid: 1, validated: 3 });
  client.track('order', undefined, { value: 4.5 });
  client.setContext({ targetingKey: 'another' });
  client.track('order');
  expect(await client.flush()).toBe(true);
  const [counted, tracked] = server.envelopes;
  expect(counted?.rows).toMatchObject([
    { flag: 'banner', exposures: 1, ok: 1, slow: [1, 1, 3_600_000, 0], retries: 2, invalid: 1, validated: 3 },
  ]);
  expect(tracked?.outcomes).toMatchObject([{ flag: 'banner', variant: 'on', event: 'order', count: 1, sum: 4.5 }]);
});

it('compresses what is large and not what is sent as the page is left', async () => {
  const page = Object.assign(new EventTarget(), { defaultView: new EventTarget() });
  vi.stubGlobal('document', page);
  const requests = vi.spyOn(globalThis, 'fetch');
  const codings = () =>
    requests.mock.calls
      .filter(([url]) => `${url}`.endsWith('/telemetry'))
      .map(([, init]) => [init?.keepalive, new Headers(init?.headers).get('content-encoding')]);
  await start();
  const ask = (kind: string) => {
    for (let i = 0; i < 90; i++) client.value(`no-such-${kind}-${i}-${'x'.repeat(50)}`, false);
  };
  ask('flag');
  expect(await client.flush()).toBe(true);
  ask('gate');
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(server.envelopes).toHaveLength(2));
  expect(server.envelopes.map(({ unknown }) => Object.keys(unknown).length)).toEqual([90, 90]);
  expect(codings()).toEqual([
    [false, 'gzip'],
    [true, null],
  ]);
});

it('sends bodies as they are where they are short or the browser cannot compress', async () => {
  await start();
  const init = { headers: { authorization: 'x' }, body: 'ä'.repeat(5_000) };
  const { body, headers } = await compressed(init);
  expect(headers).toEqual({ authorization: 'x', 'content-encoding': 'gzip' });
  expect(gunzipSync(new Uint8Array(body instanceof ArrayBuffer ? body : [])).toString()).toBe(init.body);
  expect(await compressed({ ...init, body: 'short' })).toEqual({ ...init, body: 'short' });
  vi.stubGlobal('CompressionStream', undefined);
  expect(await compressed(init)).toBe(init);
});
