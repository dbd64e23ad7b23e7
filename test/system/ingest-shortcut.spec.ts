import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { RateLimiter } from '../../apps/server/src/rate-limit.js';
import { IngestShortcut } from '../../apps/server/src/telemetry/index.js';
import { TelemetryStore } from '../../apps/server/src/telemetry/telemetry.store.js';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;

beforeAll(async () => {
  server = await aServer({ options: { limiter: new RateLimiter() } });
  const flag = { key: 'checkout', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await api(server).post('/api/v1/projects/default/flags', flag);
  await vi.waitFor(async () => expect((await send(batch({ instance: 'probe', seq: Date.now() }))).body).toContain('"rejectedRows":0'));
});

afterEach(() => vi.restoreAllMocks());

afterAll(() => server.stop());

const t0 = Date.now() - (Date.now() % 10_000);

function batch(change: object = {}): string {
  const row = { flag: 'checkout', version: 1, variant: 'on', reason: 'STATIC', t0, exposures: 1, ok: 0, err: 0 };
  return JSON.stringify({ v: 1, instance: 'i', seq: 0, sentAt: Date.now(), rows: [row], unknown: {}, dropped: 0, ...change });
}

interface Heard {
  readonly status: number | undefined;
  readonly headers: object;
  readonly body: string;
}

const PLAIN = 'application/json';
/** The shortcut knows one way to say it. */
const ORDINARY = 'application/json; charset=utf-8';

function send(body: string, { key = server.serverKey, type = PLAIN, more = {} } = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type, 'x-request-id': 'the-same', ...more };
    const sent = request(`${server.url}/sdk/v1/telemetry`, { method: 'POST', headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        const { date: _, ratelimit: __, ...rest } = answer.headers;
        resolve({ status: answer.statusCode, headers: rest, body: text });
      });
    });
    sent.on('error', reject).end(body);
  });
}

const old = Date.now() - 49 * 3_600_000;

it.each<[string, () => string, number]>([
  ['a batch that was counted before', () => batch({ instance: 'probe again' }), 200],
  ['rows about nothing', () => batch({ instance: 'probe again', rows: [] }), 200],
  ['no JSON', () => '{', 400],
  ['no batch', () => '[]', 400],
  ['a negative count', () => batch({ dropped: -1 }), 400],
  ['JSON that nests too deep', () => `${'['.repeat(200)}${']'.repeat(200)}`, 400],
  ['a batch that is too old', () => batch({ rows: [{ ...JSON.parse(batch()).rows[0], t0: old }] }), 410],
])('says of %s what the ordinary route says', async (_, body, status) => {
  await send(batch({ instance: 'probe again' }));
  const shortcut = vi.spyOn(IngestShortcut.prototype, 'answer');
  const [short, ordinary] = [await send(body()), await send(body(), { type: ORDINARY })];
  expect(shortcut.mock.results.map(({ value }) => value)).toEqual([true, false]);
  expect(short.status).toBe(status);
  expect(short).toEqual(ordinary);
});

it('counts by either way once', async () => {
  const body = batch({ instance: 'both ways', seq: 7 });
  expect((await send(body)).body).toBe('{"accepted":1,"duplicate":false,"rejectedRows":0,"expired":0}');
  expect((await send(body, { type: ORDINARY })).body).toContain('"duplicate":true');
});

it.each<[string, object]>([
  ['a key that nobody has', { key: 'nobody-has-this-key-at-all' }],
  ['a page of another origin', { more: { origin: 'https://shop.example' } }],
  ['a compressed body', { more: { 'content-encoding': 'gzip' } }],
  ['a body of unknown length', { more: { 'transfer-encoding': 'chunked' } }],
])('leaves %s to the ordinary route', async (_, change) => {
  const shortcut = vi.spyOn(IngestShortcut.prototype, 'answer');
  await send(batch({ instance: 'left' }), change);
  expect(shortcut.mock.results.map(({ value }) => value)).toEqual([false]);
});

it.each<[string, () => string]>([
  ['cannot be read', () => '{'],
  ['is no batch', () => '[]'],
  ['is too old', () => batch({ rows: [{ ...JSON.parse(batch()).rows[0], t0: old }] })],
])('takes one request out of the rate limit for a body that %s', async (_, body) => {
  await send(batch({ instance: 'probe again' }));
  const [taken, returned] = [vi.spyOn(RateLimiter.prototype, 'take'), vi.spyOn(RateLimiter.prototype, 'giveBack')];
  await send(body());
  expect(taken.mock.calls.length - returned.mock.calls.length).toBe(1);
});

it('tries to count once what cannot be written, and says so as the ordinary route does', async () => {
  await send(batch({ instance: 'probe again' }));
  const commit = vi.spyOn(TelemetryStore.prototype, 'commit');
  await server.database.query('alter table telemetry_instance rename to telemetry_away');
  try {
    const short = await send(batch({ instance: 'fails' }));
    expect(commit).toHaveBeenCalledTimes(1);
    expect([short.status, short]).toEqual([500, await send(batch({ instance: 'fails' }), { type: ORDINARY })]);
  } finally {
    await server.database.query('alter table telemetry_away rename to telemetry_instance');
  }
  expect((await send(batch({ instance: 'fails' }))).body).toContain('"accepted":1');
});
