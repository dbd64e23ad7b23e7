import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { LIMITS } from '@ballast/api';
import { parseList } from 'structured-headers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimiter } from '../../apps/server/src/rate-limit.js';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;
beforeAll(async () => {
  server = await aServer({ settings: { allowedOrigins: ['https://shop.example'] } });
});
afterAll(() => server.stop());

const PROJECTS = '/api/v1/projects';

describe('given a request that cannot be understood', () => {
  it.each([
    ['no JSON', '{"key": ', {}, 400, 'body.malformed'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'body.malformed'],
    ['nesting without end', '['.repeat(100_000), {}, 400, 'body.too_deep'],
    ['more than a megabyte', JSON.stringify({ key: 'x'.repeat(LIMITS.bodyBytes.max) }), {}, 413, 'body.too_large'],
    ['a zip bomb', gzipSync(Buffer.alloc(50_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413, 'body.too_large'],
    ['an unknown compression', '{}', { 'content-encoding': 'br' }, 415, 'body.unsupported_type'],
    ['another content type', '<key/>', { 'content-type': 'application/xml' }, 415, 'body.unsupported_type'],
    ['unknown fields', '{"key":"a","colour":"red","size":1}', {}, 400, 'request.invalid'],
    ['no object', '"key"', {}, 400, 'request.invalid'],
  ])('answers %s with a problem', async (_, body, headers, ...expected) => {
    const [status, code] = expected;
    const response = await fetch(new URL(PROJECTS, server.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json', ...headers },
      body,
    });
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      status,
      code,
      type: 'about:blank',
      instance: `urn:request:${response.headers.get('x-request-id')}`,
    });
    expect(response.status).toBe(status);
  });

  it('says 404 for a door that is not there', async () => {
    expect((await api(server).get('/nowhere')).body).toMatchObject({ status: 404, code: 'route.not_found' });
    expect((await api(server).get('/api/v1/nowhere')).body).toMatchObject({ status: 404, code: 'route.not_found' });
  });

  it('says 400 for a path that is no text', async () => {
    expect((await api(server).get('/api/v1/projects/%E0%A4%A')).body).toMatchObject({ status: 400, code: 'request.failed' });
  });
});

it('takes a body that is compressed', async () => {
  const response = await fetch(new URL(PROJECTS, server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync('{"key":"zipped"}'),
  });
  expect(response.status).toBe(201);
});

it('hides what nobody foresaw, and stays up', async () => {
  const broken = await aServer();
  await broken.database.query('alter table project rename to elsewhere');
  const { status, body } = await api(broken).get(PROJECTS);
  expect({ status, body }).toEqual({
    status: 500,
    body: {
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal',
      instance: expect.stringMatching(/^urn:request:/),
    },
  });
  await broken.database.query('alter table elsewhere rename to project');
  expect((await api(broken).get(PROJECTS)).status).toBe(200);
  await broken.stop();
});

it('keeps the request id of a caller, unless it does not fit a log line', async () => {
  const idFor = async (given: string) =>
    (await api(server).get('/health/live', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
  expect(await idFor('trace-0123456789')).toBe('trace-0123456789');
  expect(await idFor('has spaces in it')).toMatch(/^[0-9a-f-]{36}$/);
});

describe('given a page of another origin', () => {
  const from = (origin: string) => ({ headers: { origin, authorization: `Bearer ${server.clientKey}` } });

  it('lets the allowed origin read an SDK door', async () => {
    const { headers } = await fetch(`${server.url}/sdk/v1/snapshot`, from('https://shop.example'));
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(headers.get('access-control-expose-headers')).toContain('ETag');
    expect(headers.get('vary')).toContain('origin');
  });

  it('answers its preflight', async () => {
    const asking = {
      origin: 'https://shop.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    const { status, headers } = await fetch(`${server.url}/sdk/v1/snapshot`, { method: 'OPTIONS', headers: asking });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
  });

  it('opens nothing to other origins, and the admin API to none', async () => {
    expect(
      (await fetch(`${server.url}/sdk/v1/snapshot`, from('https://evil.example'))).headers.get('access-control-allow-origin'),
    ).toBeNull();
    expect((await fetch(`${server.url}${PROJECTS}`, from('https://shop.example'))).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('given a limit of three requests', () => {
  let limited: TestServer;
  beforeAll(async () => {
    const policy = { size: 3, perSecond: 0.01 };
    limited = await aServer({
      options: { limiter: new RateLimiter({ api: { name: 'api', ...policy }, sdk: { name: 'sdk', ...policy } }) },
    });
  });
  afterAll(() => limited.stop());

  it('counts down in standard headers and refuses the fourth', async () => {
    const answers = [];
    for (let attempt = 0; attempt < 4; attempt += 1) answers.push(await api(limited).get(PROJECTS));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    const [policy] = parseList(answers[0]?.headers.get('ratelimit-policy') ?? '');
    expect(policy).toEqual([
      'api',
      new Map([
        ['q', 3],
        ['w', 300],
      ]),
    ]);
    const left = answers.map(({ headers }) => parseList(headers.get('ratelimit') ?? '')[0]?.[1].get('r'));
    expect(left).toEqual([2, 1, 0, 0]);
    expect(answers[3]?.body).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) });
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('lets everybody else and the health doors in', async () => {
    expect((await api(limited).get(PROJECTS, { token: 'another-token-of-the-tests' })).status).toBe(401);
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await api(limited).get('/health/live')).status).toBe(200);
  });
});

it('believes X-Forwarded-For from a trusted proxy only', async () => {
  const wrongFrom = async (at: TestServer, address: string) =>
    (await api(at).get(PROJECTS, { token: 'wrong-token-of-a-test', headers: { 'x-forwarded-for': address } })).status;
  const exhaust = async (at: TestServer) => {
    for (let attempt = 0; attempt < 30; attempt += 1) await wrongFrom(at, '203.0.113.1');
    return [await wrongFrom(at, '203.0.113.1'), await wrongFrom(at, '203.0.113.2')];
  };
  const behindProxy = await aServer({ settings: { trustedProxies: ['loopback'] } });
  expect(await exhaust(behindProxy)).toEqual([429, 401]);
  await behindProxy.stop();
  const direct = await aServer();
  expect(await exhaust(direct)).toEqual([429, 429]);
  await direct.stop();
});

describe('given Prometheus', () => {
  it('shows the process and the events in its text format', async () => {
    const { body, headers } = await api(server).get('/metrics', { token: null });
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
    for (const name of [
      'process_cpu_seconds_total',
      'ballast_changes_total',
      'ballast_stream_clients',
      'ballast_propagation_seconds',
      'ballast_ingest_batches_total',
      'ballast_http_request_duration_seconds',
    ]) {
      expect(families).toContain(name);
    }
    for (const line of body.split('\n').filter((text: string) => text !== ''))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-zA-Z_:][\w:]*(\{.*\})? (-?[\d.e+-]+|\+Inf|NaN))$/);
    expect(body.endsWith('\n')).toBe(true);
  });

  it('shows them as OpenMetrics when asked', async () => {
    const { body, headers } = await api(server).get('/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body.endsWith('# EOF\n')).toBe(true);
  });
});

it('finishes a request that runs when the server is told to stop', async () => {
  const stopping = await aServer();
  const { hostname, port } = new URL(stopping.url);
  const body = '{"key":"late"}';
  const headers = { authorization: `Bearer ${stopping.adminToken}`, 'content-type': 'application/json', 'content-length': body.length };
  const slow = request({ hostname, port, path: PROJECTS, method: 'POST', headers });
  const answered = new Promise<number | undefined>((resolve, reject) =>
    slow.once('error', reject).once('response', (response) => resolve(response.statusCode)),
  );
  slow.write(body.slice(0, 5));
  await new Promise((resolve) =>
    slow.once('socket', (socket) => (socket.connecting ? socket.once('connect', resolve) : resolve(undefined))),
  );
  await api(stopping).get('/health/live');
  const stopped = stopping.stop();
  slow.end(body.slice(5));
  expect(await answered).toBe(201);
  await stopped;
});

it('is not held up by a connection that has asked nothing when it is told to stop', async () => {
  const stopping = await aServer();
  const { hostname, port } = new URL(stopping.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) => socket.once('close', resolve).on('error', () => undefined));
  await new Promise((resolve) => stopping.app.getHttpServer().once('connection', resolve));
  await stopping.stop();
  await closed;
});
