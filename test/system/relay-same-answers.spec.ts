import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const ORIGIN = 'https://shop.example';
const KEYS = '/api/v1/projects/default/environments/development/keys';

let server: TestServer;
let relay: TestRelay;
const secrets: Record<string, string> = {};

/** What is the server's own affair: how a connection is kept, what names one request, how much more may be asked. */
const OWN = new Set(['date', 'connection', 'keep-alive', 'x-request-id', 'ratelimit', 'ratelimit-policy', 'transfer-encoding']);

beforeAll(async () => {
  server = await aServer({ settings: { allowedOrigins: [ORIGIN] } });
  const admin = api(server);
  // From the start: what a server knows of the time before, a relay does not.
  secrets.relay = await aRelayKey(server);
  relay = await aRelayHere({ upstreamUrl: server.url, key: secrets.relay, env: { ALLOWED_ORIGINS: ORIGIN } });
  await vi.waitFor(async () => expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200), { timeout: 10_000 });
  const make = async (key: string, clientVisible: boolean) => {
    const flag = { key, clientVisible, kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
    expect((await admin.post('/api/v1/projects/default/flags', flag)).status).toBe(201);
    // One by one: changes that come together travel as one, and a relay can lead nobody on from between them.
    const { revision } = (await admin.get('/api/v1/projects/default/environments/development')).body;
    for (const { url } of [server, relay]) await vi.waitFor(async () => expect(await revisionAt(url)).toBe(revision));
  };
  for (const [key, isVisible] of [
    ['shown', true],
    ['hidden', false],
    ['7', true],
  ] as const)
    await make(key, isVisible);
  const revoked = (await admin.post(KEYS, { name: 'revoked', kind: 'server' })).body;
  await admin.delete(`${KEYS}/${revoked.id}`);
  Object.assign(secrets, { server: server.serverKey, client: server.clientKey, revoked: revoked.secret, nobody: 'a-key-that-nobody-has' });
  await make('late', true);
});

afterAll(async () => {
  await relay.remove();
  await server.stop();
});

const revisionAt = async (url: string) =>
  (await (await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.serverKey}` } })).json()).revision;

type Asked = {
  readonly method?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | (() => ReadableStream);
};

/** All of an answer that a client can see. */
async function seen(url: string, path: string, { method = 'GET', key, headers = {}, body }: Asked) {
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${secrets[key] ?? key}` };
  const sent = typeof body === 'function' ? { body: body(), duplex: 'half' as const } : body !== undefined && { body };
  const answer = await fetch(`${url}${path}`, { method, headers: { ...authorization, ...headers }, ...sent });
  const text = await answer.text();
  const isJson = text.startsWith('{');
  const { instance, ...content } = isJson ? JSON.parse(text) : { instance: undefined };
  expect(instance ?? 'urn:request:').toMatch(/^urn:request:/);
  return {
    status: answer.status,
    headers: Object.fromEntries(
      [...answer.headers].filter(([name]) => !OWN.has(name) && !(isJson && instance && name === 'content-length')),
    ),
    content: isJson ? content : text,
  };
}

const telemetry = (change: object = {}) =>
  JSON.stringify({ v: 1, instance: 'same', seq: 1, sentAt: 1, rows: [], unknown: {}, dropped: 0, ...change });
const json = { 'content-type': 'application/json' };
/** Of a mebibyte and a bit, sent piece by piece. */
const tooLarge = () => new Blob([' '.repeat(1_100_000)]).stream();
const post = { method: 'POST', key: 'server', headers: json };

const requests: [string, string, Asked][] = [
  ...['server', 'client', 'revoked', 'nobody', 'relay'].flatMap((key): [string, string, Asked][] => [
    [`the snapshot by the key of ${key}`, '/sdk/v1/snapshot', { key }],
    [`changes by the key of ${key}`, '/sdk/v1/changes?since=0', { key }],
    [
      `counters by the key of ${key}`,
      '/sdk/v1/telemetry',
      { method: 'POST', key, headers: json, body: telemetry({ instance: `by-${key}` }) },
    ],
  ]),
  ['the snapshot without a key', '/sdk/v1/snapshot', {}],
  ['changes since nothing, without a key', '/sdk/v1/changes?since=x', {}],
  ['counters without a key and without a body', '/sdk/v1/telemetry', { method: 'POST' }],
  ['forwarded counters without a key and without a body', '/sdk/v1/relay/telemetry', { method: 'POST' }],
  ['an address of nothing but strokes', '//', { key: 'server' }],
  ['an address that looks like another host', '//other.example/sdk/v1/snapshot', { key: 'server' }],
  ['counters in a body of unknown length that is too large', '/sdk/v1/telemetry', { ...post, body: tooLarge }],
  ['the snapshot by another scheme', '/sdk/v1/snapshot', { headers: { authorization: 'Basic YTpi' } }],
  ['a page of an allowed origin', '/sdk/v1/snapshot', { key: 'client', headers: { origin: ORIGIN } }],
  ['a page of another origin', '/sdk/v1/snapshot', { key: 'client', headers: { origin: 'https://other.example' } }],
  ['changes of a page', '/sdk/v1/changes?since=0', { key: 'client', headers: { origin: ORIGIN } }],
  ['changes of the future', '/sdk/v1/changes?since=999999', { key: 'server' }],
  ['changes of another history', '/sdk/v1/changes?since=1&checksum=1', { key: 'server' }],
  ['a snapshot that is held', '/sdk/v1/snapshot', { key: 'server', headers: { 'if-none-match': '*' } }],
  ['a snapshot as it is', '/sdk/v1/snapshot', { key: 'server', headers: { 'accept-encoding': 'identity' } }],
  ['the head of a snapshot', '/sdk/v1/snapshot', { method: 'HEAD', key: 'server' }],
  ['an address that nobody has', '/sdk/v1/nothing', { key: 'server' }],
  ['an address that nobody has, without a key', '/sdk/v1/nothing', {}],
  ['a method that nobody knows there', '/sdk/v1/snapshot', { method: 'PUT', key: 'server' }],
  [
    'counters of a beacon',
    '/sdk/v1/telemetry',
    { ...post, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: telemetry({ seq: 2 }) },
  ],
  [
    'compressed counters',
    '/sdk/v1/telemetry',
    { ...post, headers: { ...json, 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync(telemetry({ seq: 3 }))) },
  ],
  ['counters in another coding', '/sdk/v1/telemetry', { ...post, headers: { ...json, 'content-encoding': 'br' }, body: telemetry() }],
  [
    'counters that are not compressed',
    '/sdk/v1/telemetry',
    { ...post, headers: { ...json, 'content-encoding': 'gzip' }, body: telemetry() },
  ],
  ['counters of another type', '/sdk/v1/telemetry', { ...post, headers: { 'content-type': 'text/html' }, body: telemetry() }],
  ['counters that are no JSON', '/sdk/v1/telemetry', { ...post, body: '{' }],
  ['counters that are no UTF-8', '/sdk/v1/telemetry', { ...post, body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
  ['counters that are nothing', '/sdk/v1/telemetry', { ...post, body: '' }],
  [
    'counters that are nested without end',
    '/sdk/v1/telemetry',
    { ...post, body: telemetry({ deep: JSON.parse('['.repeat(70) + ']'.repeat(70)) }) },
  ],
  ['counters of another version', '/sdk/v1/telemetry', { ...post, body: telemetry({ v: 2 }) }],
  ['counters of an instance that cannot be stored', '/sdk/v1/telemetry', { ...post, body: telemetry({ instance: 'a\0' }) }],
  ['counters that are too many', '/sdk/v1/telemetry', { ...post, body: telemetry({ more: 'x'.repeat(70_000) }) }],
  ['counters that nobody holds in memory', '/sdk/v1/telemetry', { ...post, body: telemetry({ more: 'x'.repeat(1_100_000) }) }],
  ['several batches', '/sdk/v1/telemetry', { ...post, body: `[${telemetry()}]` }],
  [
    'counters of a flag that is not shown',
    '/sdk/v1/telemetry',
    {
      ...post,
      key: 'client',
      body: telemetry({
        instance: 'hidden',
        rows: [{ flag: 'hidden', version: 1, reason: 'SPLIT', t0: Date.now(), exposures: 1, ok: 0, err: 0 }],
      }),
    },
  ],
  [
    'counters that are too old',
    '/sdk/v1/telemetry',
    {
      ...post,
      body: telemetry({
        sentAt: Date.now(),
        rows: [{ flag: 'shown', version: 1, reason: 'SPLIT', t0: 10_000, exposures: 1, ok: 0, err: 0 }],
      }),
    },
  ],
  ['whether it lives', '/health/live', {}],
  [
    'what a page asks before it asks',
    '/sdk/v1/snapshot',
    {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    },
  ],
];

it.each(requests)('answers %s like the server', async (_, path, asked) => {
  // Counters are told apart by their instance: what one counted is a duplicate to the other.
  const isCount = path === '/sdk/v1/telemetry' && typeof asked.body === 'string';
  const onRelay =
    isCount && typeof asked.body === 'string' ? { ...asked, body: asked.body.replace('"instance":"', '"instance":"r-') } : asked;
  if (asked.headers?.['content-encoding'] === 'gzip') await seen(server.url, path, asked);
  expect(await seen(relay.url, path, onRelay)).toEqual(await seen(server.url, path, asked));
});

const UNREADABLE = [
  'since=-1',
  'since=x',
  '',
  'since=1&more=2',
  'since=1&since=2',
  'since=1&checksum=x',
  'since=1&checksum=1&checksum=2',
  'checksum=1',
];

it.each(UNREADABLE)('refuses changes by %s like the server', async (query) => {
  const answers = [relay.url, server.url].map((url) => seen(url, `/sdk/v1/changes?${query}`, { key: 'server' }));
  const [ours, theirs] = await Promise.all(answers);
  const bare = (answer: typeof ours) => ({ ...answer, content: { ...answer?.content, problems: undefined } });
  expect(bare(ours)).toEqual(bare(theirs));
});

it.each([
  ['server', {}],
  ['client', {}],
  ['server', { since: 0 }],
  ['client', { since: 1 }],
  ['server', { since: 999_999 }],
  ['revoked', {}],
  ['nobody', {}],
  ['relay', {}],
  ['server', { instance: 'x'.repeat(65) }],
  ['server', { since: -1 }],
])('greets a client of the stream with the key of %s and %o like the server', async (key, more) => {
  const greeted = async (url: string) => {
    const client = new TestClient(url, { key: secrets[key], instance: 'i', sdk: 'test/1', ...more });
    await client.until((messages) => messages.some(([event]) => event === 'refused' || event === 'connect'));
    const isIn = client.messages.some(([event]) => event === 'connect');
    if (isIn) client.socket.emit('resync', {});
    if (isIn) await client.until((messages) => messages.at(-1)?.[0] === 'reset');
    client.socket.disconnect();
    // Who is ahead is told to go back as often as it takes to find that out.
    return new Set(client.messages.map((message) => JSON.stringify(message)).filter((message) => !message.includes('disconnect')));
  };
  expect(await greeted(relay.url)).toEqual(await greeted(server.url));
});

it('refuses a websocket of a page of another origin, like the server', async () => {
  const opened = (url: string, origin: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { origin });
      socket.once('open', () => resolve('open'));
      socket.once('close', () => resolve('closed'));
      socket.once('error', () => resolve('refused'));
      socket.once('open', () => socket.terminate());
    });
  for (const origin of [ORIGIN, 'https://other.example']) expect(await opened(relay.url, origin)).toBe(await opened(server.url, origin));
});
