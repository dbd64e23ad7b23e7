import { LIMITS } from '@ballast/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Listener } from '../../apps/server/src/database/index.js';
import { RateLimiter } from '../../apps/server/src/rate-limit.js';
import { SnapshotKeeper } from '../../apps/server/src/snapshots/index.js';
import { type Answer, api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const DOOR = '/ofrep/v1/evaluate/flags';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer({ settings: { allowedOrigins: ['https://shop.example'] } });
  admin = api(server);
  await addFlag('greeting', {
    rules: [{ when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'warm' } }],
    default: { variant: 'cold' },
  });
  await addFlag('hidden', { default: { variant: 'cold' } }, { clientVisible: false });
  await addFlag('sampled', {
    default: {
      split: {
        percentages: [
          { variant: 'warm', percent: 50 },
          { variant: 'cold', percent: 50 },
        ],
      },
    },
  });
  await addFlag('undecided', { default: null });
  await addFlag('asleep', { on: false, default: { variant: 'warm' } });
});

afterAll(() => server.stop());

async function addFlag(key: string, config: object, flag: object = {}): Promise<void> {
  const created = await admin.post(FLAGS, {
    key,
    kind: 'config',
    type: 'string',
    variants: { warm: 'hello', cold: '' },
    owner: 'team',
    clientVisible: true,
    metadata: { team: 'web' },
    ...flag,
  });
  expect(created.body).toMatchObject({ key });
  await configure(key, config);
}

async function configure(key: string, config: object): Promise<void> {
  const { status, body } = await admin.put(`${FLAGS}/${key}/environments/development`, {
    on: true,
    offVariant: null,
    rules: [],
    ...config,
  });
  expect({ status, body }).toMatchObject({ status: 200 });
}

const setDefault = (key: string, variant: string) => configure(key, { default: { variant } });

interface Call {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: { readonly url: string; readonly adminToken: string };
}

/** Posts to an OFREP door with an SDK key. */
function post(path: string, body: unknown, { key = server.serverKey, headers = {}, at = server }: Call = {}): Promise<Answer> {
  return api(at).post(path, body, { token: null, headers: { authorization: `Bearer ${key}`, ...headers } });
}

const one = (key: string, context?: object, call?: Call) =>
  post(`${DOOR}/${encodeURIComponent(key)}`, context === undefined ? {} : { context }, call);
const all = (context: object = {}, headers: Record<string, string> = {}, call: Call = {}) => post(DOOR, { context }, { ...call, headers });
const version = async (key: string) => String((await one(key)).body.metadata.version);

describe('given one flag', () => {
  it('answers value, variant, reason and metadata with 200', async () => {
    const { status, headers, body } = await one('greeting', { targetingKey: 'a', plan: 'pro' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      key: 'greeting',
      reason: 'TARGETING_MATCH',
      variant: 'warm',
      value: 'hello',
      metadata: { flagSetId: 'default/development', version: await version('greeting'), team: 'web' },
    });
  });

  it('answers an empty text as the value that it is, and takes a body without context', async () => {
    expect((await post(`${DOOR}/greeting`, {})).body).toMatchObject({ reason: 'DEFAULT', variant: 'cold', value: '' });
    expect((await post(`${DOOR}/greeting`, undefined)).body).toMatchObject({ reason: 'DEFAULT', variant: 'cold', value: '' });
  });

  it.each([
    ['asleep', 'DISABLED'],
    ['undecided', 'DEFAULT'],
  ])('leaves the value of %s to the code default', async (key, reason) => {
    const { status, body } = await one(key);
    expect({ status, body }).toEqual({ status: 200, body: { key, reason, metadata: expect.objectContaining({ team: 'web' }) } });
  });

  it('says 404 and FLAG_NOT_FOUND for one that is not there, as problem and as OFREP failure', async () => {
    const { status, headers, body } = await one('a/b "c"');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      key: 'a/b "c"',
      errorCode: 'FLAG_NOT_FOUND',
      errorDetails: 'flag a/b "c" not found',
      metadata: { flagSetId: 'default/development' },
      type: 'about:blank',
      status: 404,
      code: 'flag.not_found',
    });
  });

  it('says 400 and TARGETING_KEY_MISSING for one that buckets by it, and fails no other', async () => {
    const { status, body } = await one('sampled', {});
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { key: 'sampled', errorCode: 'TARGETING_KEY_MISSING', code: 'flag.unanswered' },
    });
    const bulk = await all({});
    expect(bulk.status).toBe(200);
    const entries = new Map(bulk.body.flags.map((flag: { key: string }) => [flag.key, flag]));
    expect(entries.get('sampled')).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    expect(entries.get('sampled')).not.toHaveProperty('reason');
    expect(entries.get('greeting')).toMatchObject({ value: '' });
  });

  it('keeps from a client key what is not client-visible', async () => {
    expect((await one('hidden', {}, { key: server.clientKey })).body).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
    expect((await one('greeting', {}, { key: server.clientKey })).status).toBe(200);
    const keys = ({ body }: Answer): string[] => body.flags.map((flag: { key: string }) => flag.key).sort();
    expect(keys(await all())).toEqual(['asleep', 'greeting', 'hidden', 'sampled', 'undecided']);
    expect(keys(await all({}, { authorization: `Bearer ${server.clientKey}` }))).toEqual(['asleep', 'greeting', 'sampled', 'undecided']);
  });
});

describe('given a request that is wrong', () => {
  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
  it.each([
    ['malformed JSON', '{"context": ', 'PARSE_ERROR'],
    ['a body that is no object', '[]', 'PARSE_ERROR'],
    ['a context that is null', { context: null }, 'INVALID_CONTEXT'],
    ['a context that is a list', { context: [] }, 'INVALID_CONTEXT'],
    ['a context that is too large', { context: { text: 'x'.repeat(LIMITS.contextBytes.max) } }, 'INVALID_CONTEXT'],
    ['a context that nests too deep', { context: deep(LIMITS.contextDepth.max) }, 'INVALID_CONTEXT'],
    ['a body that nests beyond all limits', '['.repeat(100_000), 'INVALID_CONTEXT'],
    ['a body of more than a megabyte', { context: { text: 'x'.repeat(LIMITS.bodyBytes.max) } }, 'INVALID_CONTEXT'],
  ])('answers %s with 400 and a code of OFREP', async (_, body, errorCode) => {
    const single = await post(`${DOOR}/greeting`, body);
    expect({ status: single.status, body: single.body }).toMatchObject({
      status: 400,
      body: { key: 'greeting', errorCode, errorDetails: expect.any(String), status: 400 },
    });
    const bulk = await post(DOOR, body);
    expect({ status: bulk.status, body: bulk.body }).toMatchObject({ status: 400, body: { errorCode, status: 400 } });
    expect(bulk.body).not.toHaveProperty('key');
  });

  it('answers another content type with 400 and PARSE_ERROR', async () => {
    const { status, body } = await post(`${DOOR}/greeting`, '<x/>', { headers: { 'content-type': 'application/xml' } });
    expect({ status, body }).toMatchObject({ status: 400, body: { key: 'greeting', errorCode: 'PARSE_ERROR' } });
  });

  it('takes a context up to the limits', async () => {
    expect((await one('greeting', deep(LIMITS.contextDepth.max - 1))).status).toBe(200);
    expect((await one('greeting', { text: 'x'.repeat(LIMITS.contextBytes.max - 11) })).status).toBe(200);
  });
});

describe('given credentials', () => {
  const status = async (headers: Record<string, string>) => (await api(server).post(DOOR, {}, { token: null, headers })).status;

  it('takes the key in either header, without and beside another Authorization', async () => {
    expect(await status({ 'x-api-key': server.serverKey })).toBe(200);
    expect(await status({ 'x-api-key': server.serverKey, authorization: 'Basic dTpw' })).toBe(200);
    expect(await status({ authorization: `bearer ${server.clientKey}` })).toBe(200);
  });

  it('says 401 without a key and with an unknown one, 403 with an API token', async () => {
    const none = await api(server).post(`${DOOR}/greeting`, {}, { token: null });
    expect({ status: none.status, body: none.body }).toMatchObject({
      status: 401,
      body: { code: 'auth.missing', errorCode: 'GENERAL', key: 'greeting' },
    });
    expect(none.headers.get('www-authenticate')).toBe('Bearer');
    expect(await status({ 'x-api-key': 'a-key-that-nobody-has' })).toBe(401);
    expect(await status({ authorization: `Bearer ${server.adminToken}` })).toBe(403);
  });

  it('says 429 with Retry-After of a second at least, and how to read it across origins', async () => {
    const scarce = { name: 'sdk', size: 1, perSecond: 0.01 };
    const limited = await aServer({
      settings: { allowedOrigins: ['https://shop.example'] },
      options: { limiter: new RateLimiter({ api: { name: 'api', size: 100, perSecond: 100 }, sdk: scarce }) },
    });
    const headers = { origin: 'https://shop.example' };
    await all({}, headers, { at: limited });
    const second = await all({}, headers, { at: limited });
    expect({ status: second.status, body: second.body }).toMatchObject({
      status: 429,
      body: { errorCode: 'GENERAL', code: 'rate_limited' },
    });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(second.headers.get('access-control-expose-headers')).toMatch(/\bRetry-After\b/);
    await limited.stop();
  });
});

describe('given a page of another origin', () => {
  it('allows what OFREP clients send, and lets them read ETag and Retry-After', async () => {
    const preflight = await fetch(`${server.url}${DOOR}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'if-none-match',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')?.split(', ')).toEqual(expect.arrayContaining(['POST', 'GET', 'OPTIONS']));
    const allowed = preflight.headers.get('access-control-allow-headers')?.split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['content-type', 'authorization', 'x-api-key', 'if-none-match', 'last-event-id']));
    const { headers } = await all({}, { origin: 'https://shop.example' });
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(headers.get('access-control-expose-headers')?.split(', ')).toEqual(expect.arrayContaining(['ETag', 'Retry-After']));
    expect((await all({}, { origin: 'https://elsewhere.example' })).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('given all flags', () => {
  it('answers set and version for keys that are not there, and where to hear of changes', async () => {
    const { body, headers } = await all({ plan: 'pro' });
    expect(body.metadata).toEqual({ flagSetId: 'default/development', version: expect.stringMatching(/^\d+$/) });
    expect(body.eventStreams).toEqual([
      { type: 'sse', endpoint: { requestUri: expect.stringMatching(/^\/ofrep\/v1\/stream\?token=[\w.-]+$/) } },
    ]);
    expect(headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(headers.get('cache-control')).toBe('private, no-cache');
  });

  it('names the stream by the URL that the server is told to have', async () => {
    const behindPrefix = await aServer({ settings: { publicUrl: 'https://flags.example/ballast' } });
    const { body } = await all({}, {}, { at: behindPrefix });
    expect(body.eventStreams).toEqual([
      { type: 'sse', url: expect.stringMatching(/^https:\/\/flags\.example\/ballast\/ofrep\/v1\/stream\?token=/) },
    ]);
    await behindPrefix.stop();
  });

  it.each([
    ['the tag itself', (etag: string) => etag],
    ['a weak one', (etag: string) => `W/${etag}`],
    ['a list', (etag: string) => `"other", W/${etag}`],
    ['any', () => '*'],
  ])('answers 304 without a body to %s', async (_, held) => {
    const etag = (await all({ plan: 'pro', targetingKey: 'a' })).headers.get('etag') ?? '';
    const { status, body, headers } = await all({ targetingKey: 'a', plan: 'pro' }, { 'if-none-match': held(etag) });
    expect({ status, body, etag: headers.get('etag') }).toEqual({ status: 304, body: '', etag });
  });

  it('has another tag for another context, another configuration and another key', async () => {
    const tag = async (context: object, headers = {}) => (await all(context, headers)).headers.get('etag');
    const before = await tag({ plan: 'pro' });
    expect(await tag({ plan: 'pro' })).toBe(before);
    expect(await tag({ plan: 'free' })).not.toBe(before);
    expect(await tag({ plan: 'pro' }, { authorization: `Bearer ${server.clientKey}` })).not.toBe(before);
    await addFlag('late', { default: { variant: 'warm' } });
    await expect.poll(() => tag({ plan: 'pro' })).not.toBe(before);
  });

  it('answers 200 with the new values to a tag of another context', async () => {
    const etag = (await all({ plan: 'free' })).headers.get('etag') ?? '';
    const { status, body } = await all({ plan: 'pro' }, { 'if-none-match': etag });
    expect(status).toBe(200);
    expect(body.flags).toContainEqual(expect.objectContaining({ key: 'greeting', value: 'hello' }));
  });

  it('leaves only what the flag says itself when it is told to', async () => {
    const plain = await aServer({ settings: { ofrepMetadata: 'flag-only' }, database: server.database });
    const { body } = await all({}, {}, { at: plain });
    expect(body).not.toHaveProperty('metadata');
    expect(body.flags).toContainEqual(expect.objectContaining({ key: 'greeting', metadata: { team: 'web' } }));
    expect((await one('nowhere', {}, { at: plain })).body).not.toHaveProperty('metadata');
    await plain.stop();
  });

  it('never answers from before a configuration that the client was told of', async () => {
    const deaf = await aServer({ database: server.database });
    await deaf.app.get(Listener).onApplicationShutdown();
    deaf.app.get(SnapshotKeeper).onModuleDestroy();
    const answerTo = async (query: string) => (await post(`${DOOR}?${query}`, {}, { at: deaf })).body.flags.find(isTold)?.value;
    const isTold = ({ key }: { readonly key: string }) => key === 'told';
    const { body } = await all({}, {}, { at: deaf });
    await addFlag('told', { default: { variant: 'warm' } });
    expect(await answerTo(`flagConfigEtag=${Number(body.metadata.version) - 1}-1`)).toBeUndefined();
    expect(await answerTo(`flagConfigEtag=${Number(body.metadata.version) + 2}-1`)).toBe('hello');
    await setDefault('told', 'cold');
    expect(await answerTo('')).toBe('hello');
    expect(await answerTo('flagConfigLastModified=2026-11-21T00:00:00Z')).toBe('');
    await setDefault('told', 'warm');
    expect(await answerTo('flagConfigEtag=whatever')).toBe('hello');
    await deaf.stop();
  });
});
