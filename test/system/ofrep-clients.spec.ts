import { OFREPApi, OFREPApiTooManyRequestsError, OFREPApiUnauthorizedError, OFREPForbiddenError } from '@openfeature/ofrep-core';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../apps/server/src/clock.js';
import { RateLimiter } from '../../apps/server/src/rate-limit.js';
import { EventStreams } from '../../apps/server/src/streaming/event-streams.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const HOUR = 3_600_000;

let server: TestServer;
let domains = 0;

beforeAll(async () => {
  vi.stubGlobal('EventSource', EventSource);
  server = await aServer();
  await addFlag(server, 'greeting');
});

afterEach(() => OpenFeature.clearProviders());

afterAll(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

async function addFlag(at: TestServer, key: string): Promise<void> {
  const variants = { warm: 'hello', cold: 'hm' };
  const { status } = await api(at).post(FLAGS, { key, kind: 'config', type: 'string', variants, owner: 'team', clientVisible: true });
  expect(status).toBe(201);
  await serve(at, key, 'cold');
}

async function serve(at: TestServer, key: string, variant: string): Promise<void> {
  const rules = [{ when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'warm' } }];
  const { status } = await api(at).put(`${FLAGS}/${encodeURIComponent(key)}/environments/development`, {
    on: true,
    rules,
    default: { variant },
  });
  expect(status).toBe(200);
}

/** The core client, with what it sent and got. */
function aCore(at: TestServer, key = at.serverKey) {
  return new OFREPApi({ baseUrl: at.url, headers: [['Authorization', `Bearer ${key}`]] });
}

describe('given @openfeature/ofrep-core', () => {
  it('evaluates one flag, whatever its key', async () => {
    expect(await aCore(server).postEvaluateFlag('greeting', { context: { plan: 'pro' } })).toMatchObject({
      httpStatus: 200,
      value: { key: 'greeting', value: 'hello', variant: 'warm', reason: 'TARGETING_MATCH' },
    });
    expect(await aCore(server).postEvaluateFlag('a/b?c=ü', {})).toMatchObject({
      httpStatus: 404,
      value: { key: 'a/b?c=ü', errorCode: 'FLAG_NOT_FOUND' },
    });
  });

  it('evaluates all flags, and again only when something changed', async () => {
    const core = aCore(server, server.clientKey);
    const first = await core.postBulkEvaluateFlags({ context: { plan: 'pro' } });
    expect(first).toMatchObject({ httpStatus: 200, value: { flags: [{ key: 'greeting', value: 'hello' }] } });
    const etag = first.httpResponse?.headers.get('etag');
    expect(await core.postBulkEvaluateFlags({ context: { plan: 'pro' } }, etag)).toMatchObject({ httpStatus: 304 });
    expect(await core.postBulkEvaluateFlags({ context: {} }, etag)).toMatchObject({ httpStatus: 200, value: { flags: [{ value: 'hm' }] } });
  });

  it('understands every refusal', async () => {
    const scarce = { api: { name: 'api', size: 100, perSecond: 100 }, sdk: { name: 'sdk', size: 1, perSecond: 0.01 } };
    const limited = await aServer({ options: { limiter: new RateLimiter(scarce) } });
    await expect(aCore(server, 'nobodys-key').postBulkEvaluateFlags({})).rejects.toThrow(OFREPApiUnauthorizedError);
    await expect(aCore(server, server.adminToken).postEvaluateFlag('greeting', {})).rejects.toThrow(OFREPForbiddenError);
    await aCore(limited).postBulkEvaluateFlags({});
    const refused = await aCore(limited)
      .postBulkEvaluateFlags({})
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OFREPApiTooManyRequestsError);
    expect(refused).toMatchObject({ retryAfterSeconds: expect.any(Number), retryAfterDate: expect.any(Date) });
    await limited.stop();
  });
});

/** OpenFeature's own web provider in a domain of its own, with its requests and events. */
async function aPage(at: TestServer, context = {}, key = at.clientKey) {
  domains += 1;
  const domain = `page ${domains}`;
  const answers: { readonly status: number; readonly url: string }[] = [];
  const provider = new OFREPWebProvider({
    baseUrl: at.url,
    headers: [['X-API-Key', key]],
    cacheMode: 'disabled',
    fetchImplementation: async (request, init) => {
      const answer = await fetch(request, init);
      answers.push({ status: answer.status, url: String(request instanceof Request ? request.url : request) });
      return answer;
    },
  });
  const client = OpenFeature.getClient(domain);
  const changed: (readonly string[])[] = [];
  client.addHandler(ProviderEvents.ConfigurationChanged, (details) => void changed.push(details?.flagsChanged ?? []));
  await OpenFeature.setContext(domain, context);
  await OpenFeature.setProviderAndWait(domain, provider);
  return { domain, provider, client, answers, changed };
}

describe('given @openfeature/ofrep-web-provider', () => {
  it('serves flags with set and version, and tells of unknown keys which set does not have them', async () => {
    const { client } = await aPage(server, { plan: 'pro' });
    expect(client.getStringDetails('greeting', '')).toMatchObject({
      value: 'hello',
      variant: 'warm',
      reason: 'TARGETING_MATCH',
      flagMetadata: { flagSetId: 'default/development', version: expect.any(String) },
    });
    expect(client.getStringDetails('nowhere', 'mine')).toMatchObject({
      value: 'mine',
      errorCode: 'FLAG_NOT_FOUND',
      flagMetadata: { flagSetId: 'default/development' },
    });
  });

  it('has the values of a new context though it holds the tag of the old one', async () => {
    const { domain, client, answers } = await aPage(server, { targetingKey: 'a', plan: 'free' });
    expect(client.getStringValue('greeting', '')).toBe('hm');
    await OpenFeature.setContext(domain, { targetingKey: 'a', plan: 'pro' });
    expect(client.getStringValue('greeting', '')).toBe('hello');
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('hears of a change over the event stream and asks again, naming the configuration it heard of', async () => {
    const { client, answers, changed } = await aPage(server);
    await serve(server, 'greeting', 'warm');
    await expect.poll(() => client.getStringValue('greeting', '')).toBe('hello');
    await serve(server, 'greeting', 'cold');
    await expect.poll(() => client.getStringValue('greeting', '')).toBe('hm');
    expect(changed).toContainEqual(['greeting']);
    const query = new URL(answers.at(-1)?.url ?? '').searchParams;
    expect(query.get('flagConfigEtag')).toMatch(/^\d+-\d+$/);
    expect(query.get('flagConfigLastModified')).toMatch(/^\d+$/);
  });

  it('is fatal with a key that is not valid', async () => {
    await expect(aPage(server, {}, 'nobodys-key')).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
  });

  it('finds its stream again when the URL has run out and the server was away', async () => {
    const first = await aServer();
    await addFlag(first, 'greeting');
    const { client, answers } = await aPage(first);
    const port = Number(new URL(first.url).port);
    await expect.poll(() => first.app.get(EventStreams).keyIds().size, { timeout: 10_000 }).toBe(1);
    await first.app.close();
    await expect.poll(() => client.providerStatus, { timeout: 10_000 }).toBe('STALE');
    const second = await aServer({ database: first.database, settings: { port } });
    const clock = second.app.get(Clock);
    const now = clock.now.bind(clock);
    Object.assign(clock, { now: () => now() + 2 * HOUR });
    await expect.poll(() => second.app.get(EventStreams).keyIds().size, { timeout: 20_000 }).toBe(1);
    await serve(second, 'greeting', 'warm');
    await expect.poll(() => client.getStringValue('greeting', '')).toBe('hello');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await second.stop();
    await first.database.drop();
  }, 60_000);
});
