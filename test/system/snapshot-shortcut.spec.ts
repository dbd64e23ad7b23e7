import { get, type IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { RateLimiter } from '../../apps/server/src/rate-limit.js';
import { SnapshotShortcut } from '../../apps/server/src/streaming/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';

/** The ordinary route reads bodies; the shortcut leaves whatever may have one to it. */
const ORDINARY = { 'content-length': '0' };

let server: TestServer;

beforeAll(async () => {
  server = await aServer({ options: { limiter: new RateLimiter() } });
  await api(server).post('/api/v1/projects/default/flags', {
    key: 'checkout',
    kind: 'permission',
    type: 'boolean',
    variants: { on: true, off: false },
    owner: 'team',
  });
  // The first answer looks the key up and compresses.
  await ask({ 'accept-encoding': 'gzip' });
});

afterEach(() => vi.restoreAllMocks());

afterAll(() => server.stop());

interface Heard {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(headers: Record<string, string>, { key = server.serverKey, at = server } = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    get(`${at.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${key}`, ...headers } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    }).once('error', reject);
  });
}

function watched(at = server) {
  return vi.spyOn(at.app.get(SnapshotShortcut), 'answer');
}

it('answers what the ordinary route answers, to the letter', async () => {
  const { etag = '' } = (await ask({})).headers;
  const kinds: Record<string, string>[] = [
    {},
    { 'accept-encoding': 'gzip' },
    { 'accept-encoding': 'gzip;q=0' },
    { 'if-none-match': etag },
    { 'if-none-match': `"other", ${etag.slice(2)}` },
    { 'if-none-match': '"other"', 'accept-encoding': '*' },
  ];
  for (const kind of kinds) {
    const answer = watched();
    const headers = { ...kind, 'x-request-id': 'the-very-same' };
    const [short, ordinary] = [await ask(headers), await ask({ ...headers, ...ORDINARY })];
    expect(answer.mock.results.map(({ value }) => value)).toEqual([true, false]);
    const plain = ({ headers: { date, ratelimit, ...rest }, ...heard }: Heard) => ({ ...heard, headers: rest });
    expect(plain(short)).toEqual(plain(ordinary));
    expect(short.status).toBe('if-none-match' in kind && kind['if-none-match'] !== '"other"' ? 304 : 200);
    answer.mockRestore();
  }
});

it('leaves what is not that simple to the ordinary route', async () => {
  const answer = watched();
  expect((await ask({}, { key: 'no key of ours' })).status).toBe(401);
  expect((await ask({ origin: 'https://elsewhere.example' })).headers.vary).toContain('origin');
  expect(answer.mock.results.map(({ value }) => value)).toEqual([false, false]);
});

it('lets nobody in with a key that was revoked', async () => {
  const admin = api(server);
  const keys = '/api/v1/projects/default/environments/development/keys';
  const { body } = await admin.post(keys, { name: 'short-lived', kind: 'server' });
  expect((await ask({}, { key: body.secret })).status).toBe(200);
  const answer = watched();
  expect((await ask({}, { key: body.secret })).status).toBe(200);
  expect(answer).toHaveReturnedWith(true);
  expect((await admin.delete(`${keys}/${body.id}`)).status).toBe(200);
  expect((await ask({}, { key: body.secret })).status).toBe(401);
});

it('counts against the limit of the caller', async () => {
  const policy = { size: 3, perSecond: 0.001 };
  const limiter = new RateLimiter({ api: { name: 'api', ...policy }, sdk: { name: 'sdk', ...policy } });
  const strict = await aServer({ options: { limiter }, database: server.database });
  const answer = watched(strict);
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await ask({}, { at: strict })).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  expect(answer.mock.results.map(({ value }) => value)).toEqual([false, true, true, false, false]);
  await strict.stop();
});
