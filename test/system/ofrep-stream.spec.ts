import { Writable } from 'node:stream';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../apps/server/src/app.js';
import { Clock } from '../../apps/server/src/clock.js';
import { serverLog } from '../../apps/server/src/log.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;
const streams: AbortController[] = [];

beforeAll(async () => {
  server = await aServer({ settings: { allowedOrigins: ['*'] } });
  const created = await api(server).post(FLAGS, {
    key: 'greeting',
    kind: 'config',
    type: 'string',
    variants: { warm: 'hello', cold: '' },
    owner: 'team',
    clientVisible: true,
  });
  expect(created.status).toBe(201);
  await api(server).post(FLAGS, { key: 'hidden', kind: 'config', type: 'boolean', variants: { on: true, off: false }, owner: 'team' });
});

afterEach(() => {
  for (const stream of streams.splice(0)) stream.abort();
});

afterAll(() => server.stop());

/** Serves another variant of the flag from now on. */
async function change(key: string, variant: string): Promise<void> {
  const { status } = await api(server).put(`${FLAGS}/${key}/environments/development`, { on: true, default: { variant } });
  expect(status).toBe(200);
}

async function bulk(key: string, at = server) {
  const response = await fetch(`${at.url}/ofrep/v1/evaluate/flags`, { method: 'POST', headers: { 'x-api-key': key }, body: '{}' });
  const { metadata, eventStreams } = (await response.json()) as {
    metadata: { version: string };
    eventStreams: { endpoint: { requestUri: string } }[];
  };
  return { version: Number(metadata.version), path: eventStreams[0]?.endpoint.requestUri ?? '', etag: response.headers.get('etag') };
}

/** An event stream as raw text, with what it takes to wait for a part of it. */
async function listen(path: string, headers: Record<string, string> = {}, at = server) {
  const abort = new AbortController();
  streams.push(abort);
  const response = await fetch(`${at.url}${path}`, { headers, signal: abort.signal });
  let text = '';
  let isOver = false;
  const read = async () => {
    for await (const piece of response.body ?? []) text += new TextDecoder().decode(piece);
  };
  const over = read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  return {
    response,
    over,
    isOver: () => isOver,
    events: () =>
      [...text.matchAll(/^id: (\S+)\nevent: message\ndata: (.*)\n\n/gm)].map(([, id, data = '']) => ({ id, data: JSON.parse(data) })),
    text: () => text,
  };
}

/** An event stream that has said what it says first. */
async function aStream(key = server.serverKey, headers: Record<string, string> = {}) {
  const stream = await listen((await bulk(key)).path, headers);
  await expect.poll(stream.text).toMatch(/^retry: \d+\nid: \d+-\d+\n\n/);
  return stream;
}

const held = (stream: { text: () => string }) => /^id: (\S+)$/m.exec(stream.text())?.[1] ?? '';

it('answers what proxies must neither keep nor hold back', async () => {
  const { response } = await aStream();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  expect(response.headers.get('content-encoding')).toBeNull();
});

it('lets a page of an allowed origin in', async () => {
  const stream = await aStream(server.clientKey, { origin: 'https://shop.example' });
  expect(stream.response.headers.get('access-control-allow-origin')).toBe('*');
});

it('tells of each change which configuration it leads to', async () => {
  const current = held(await aStream());
  const stream = await aStream(server.serverKey, { 'last-event-id': current });
  expect(stream.events()).toEqual([]);
  await change('greeting', 'warm');
  await expect.poll(stream.events).toHaveLength(1);
  const [event] = stream.events();
  const { version } = await bulk(server.serverKey);
  expect(event).toEqual({
    id: expect.stringMatching(new RegExp(`^${version}-\\d+$`)),
    data: { type: 'refetchEvaluation', etag: event?.id, lastModified: expect.any(Number) },
  });
  expect(Math.abs(Date.now() / 1000 - event?.data.lastModified)).toBeLessThan(600);
});

it('says nothing to a client key of what the key cannot see', async () => {
  const current = held(await aStream(server.clientKey));
  const stream = await aStream(server.clientKey, { 'last-event-id': current });
  await change('hidden', 'on');
  await change('greeting', 'cold');
  await expect.poll(stream.events).toHaveLength(1);
  const { version } = await bulk(server.clientKey);
  expect(stream.events()[0]?.id).toMatch(new RegExp(`^${version}-`));
});

describe('given somebody who comes back', () => {
  it.each([
    ['an id from before', '1-1'],
    ['an id that nobody gave', 'elsewhere'],
    ['an id of a server that is ahead', '999999-1'],
  ])('tells who presents %s to ask again, once', async (_, id) => {
    const stream = await aStream(server.serverKey, { 'last-event-id': id });
    await expect.poll(stream.events).toHaveLength(1);
    expect(stream.events()[0]?.id).toBe(held(stream));
  });

  it('says nothing to who presents the current id', async () => {
    const current = held(await aStream());
    const back = await aStream(server.serverKey, { 'last-event-id': current });
    await change('greeting', 'warm');
    await expect.poll(back.events).not.toHaveLength(0);
    expect(back.events().map(({ id }) => id)).not.toContain(current);
  });

  it('tells who comes without an id of a change that it may have missed on its way here', async () => {
    await change('greeting', 'cold');
    const stream = await aStream();
    await expect.poll(stream.events).toHaveLength(1);
  });
});

describe('given the token in the URL', () => {
  it('is the same text, and leads to the same tag, until it is renewed', async () => {
    const moving = await aServer();
    const clock = moving.app.get(Clock);
    const hour = 3_600_000;
    const start = Math.ceil(Date.now() / hour) * hour;
    const at = async (ms: number) => {
      Object.assign(clock, { now: () => start + ms });
      return bulk(moving.serverKey, moving);
    };
    const first = await at(0);
    const last = await at(hour - 1);
    const renewed = await at(hour);
    expect(last).toEqual(first);
    expect(renewed.path).not.toBe(first.path);
    expect(renewed.etag).not.toBe(first.etag);
    const statusAt = async (ms: number) => {
      Object.assign(clock, { now: () => start + ms });
      return (await listen(first.path, {}, moving)).response.status;
    };
    expect([await statusAt(hour + 299_999), await statusAt(hour + 300_000)]).toEqual([200, 401]);
    await moving.stop();
  });

  it('opens the stream and nothing else', async () => {
    const { path } = await bulk(server.serverKey);
    const token = new URL(path, server.url).searchParams.get('token') ?? '';
    for (const door of ['/sdk/v1/snapshot', '/api/v1/projects']) {
      const { status } = await fetch(`${server.url}${door}?token=${token}`, { headers: { authorization: `Bearer ${token}` } });
      expect(status, door).toBe(401);
    }
    const evaluated = await fetch(`${server.url}/ofrep/v1/evaluate/flags`, { method: 'POST', headers: { 'x-api-key': token } });
    expect(evaluated.status).toBe(401);
  });

  it.each([
    ['changed', (path: string) => path.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['of another key', (path: string) => path.replace(/token=[0-9a-f-]{36}/, 'token=00000000-0000-4000-8000-000000000000')],
    ['no token at all', () => '/ofrep/v1/stream?token=%00'],
    ['missing', () => '/ofrep/v1/stream'],
  ])('opens nothing when it is %s', async (_, altered) => {
    const { path } = await bulk(server.serverKey);
    expect((await listen(altered(path))).response.status).toBe(401);
  });

  it('gives way to a key in a header, for clients that can send one', async () => {
    const { response } = await listen('/ofrep/v1/stream', { authorization: `Bearer ${server.serverKey}` });
    expect(response.status).toBe(200);
  });

  it('ends with its key, at once and for good', async () => {
    const { body: key } = await api(server).post('/api/v1/projects/default/environments/development/keys', {
      name: 'short',
      kind: 'client',
    });
    const { path } = await bulk(key.secret);
    const stream = await listen(path);
    await expect.poll(stream.text).not.toBe('');
    await api(server).delete(`/api/v1/projects/default/environments/development/keys/${key.id}`);
    await stream.over;
    expect((await listen(path)).response.status).toBe(401);
  });

  it('is in no log line', async () => {
    let lines = '';
    const log = serverLog(
      'trace',
      new Writable({
        write: (chunk, _, done) => {
          lines += String(chunk);
          done();
        },
      }),
    );
    const app = await createApp({ ...server.settings, port: 0 }, { log });
    await app.listen(0, '127.0.0.1');
    const { path } = await bulk(server.serverKey);
    const stream = await listen(path, {}, { ...server, url: await app.getUrl() });
    await app.close();
    await stream.over;
    await expect.poll(() => lines).toContain('"/ofrep/v1/stream"');
    expect(lines).not.toContain(path.split('token=')[1]);
  });
});

it('ends every stream when the server stops, and is through with it', async () => {
  const stopping = await aServer();
  const { path } = await bulk(stopping.serverKey, stopping);
  const stream = await listen(path, {}, stopping);
  await stopping.stop();
  await stream.over;
  expect(stream.isOver()).toBe(true);
});

it('speaks to the EventSource of the standard', async () => {
  const { path } = await bulk(server.serverKey);
  const source = new EventSource(`${server.url}${path}`);
  const ids: string[] = [];
  source.addEventListener('message', ({ lastEventId, data }) => {
    expect(JSON.parse(data)).toMatchObject({ type: 'refetchEvaluation', etag: lastEventId });
    ids.push(lastEventId);
  });
  await new Promise((resolve) => source.addEventListener('open', resolve));
  await change('greeting', 'warm');
  const { version } = await bulk(server.serverKey);
  await expect.poll(() => ids.at(-1)).toMatch(new RegExp(`^${version}-`));
  source.close();
});
