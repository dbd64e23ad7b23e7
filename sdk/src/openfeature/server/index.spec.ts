import type { Flag } from '@ballast/evaluation';
import { OpenFeature, ProviderEvents, ProviderStatus, StandardResolutionReasons } from '@openfeature/server-sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../../test-support/a-server.js';
import { BallastProvider, type BallastProviderOptions } from './index.js';

const providers: BallastProvider[] = [];
const servers: TestServer[] = [];
let domains = 0;

afterEach(async () => {
  await OpenFeature.clearProviders();
  await Promise.all(providers.splice(0).map((provider) => provider.onClose()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function running(...flags: readonly Flag[]): Promise<TestServer> {
  const server = await aServer(...flags);
  servers.push(server);
  return server;
}

function aProvider(server: { readonly url: string }, options: Partial<BallastProviderOptions> = {}): BallastProvider {
  const provider = new BallastProvider({ url: server.url, key: KEY, logger: null, cache: false, flushOnExit: false, ...options });
  providers.push(provider);
  return provider;
}

/** Registers a provider and keeps a list of the events that OpenFeature tells. */
function register(provider: BallastProvider) {
  domains += 1;
  const domain = `domain ${domains}`;
  const client = OpenFeature.getClient(domain);
  const events: string[] = [];
  const changed: (readonly string[])[] = [];
  for (const event of [ProviderEvents.Error, ProviderEvents.Stale, ProviderEvents.Ready])
    client.addHandler(event, () => void events.push(event));
  client.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
    events.push(ProviderEvents.ConfigurationChanged);
    changed.push(details?.flagsChanged ?? []);
  });
  // The provider that was there before is ready, which handlers hear at once.
  events.splice(0);
  return { client, events, changed, registered: OpenFeature.setProviderAndWait(domain, provider) };
}

const target = (server: TestServer) => ({ flagSetId: 'default/test', version: String(server.revision) });

describe('given a server', () => {
  it('becomes ready, is not before, and answers with set and version', async () => {
    const server = await running(aFlag('f', 'on', { metadata: { team: 'a' } }));
    const { client, events, registered } = register(aProvider(server));
    expect(client.providerStatus).toBe(ProviderStatus.NOT_READY);
    expect(await client.getBooleanDetails('f', false)).toMatchObject({ value: false, errorCode: 'PROVIDER_NOT_READY' });
    await registered;
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(events).toEqual([ProviderEvents.Ready]);
    expect(await client.getBooleanDetails('f', false)).toEqual({
      flagKey: 'f',
      value: true,
      variant: 'on',
      reason: StandardResolutionReasons.STATIC,
      flagMetadata: { ...target(server), team: 'a' },
    });
    expect(await client.getBooleanDetails('none', true)).toMatchObject({
      value: true,
      reason: 'ERROR',
      errorCode: 'FLAG_NOT_FOUND',
      errorMessage: 'flag none not found',
      flagMetadata: target(server),
    });
  });

  it("leaves only the flag's own metadata when it is told to", async () => {
    const server = await running(aFlag('f'), aFlag('g', 'on', { metadata: { team: 'a' } }));
    const { client, registered } = register(aProvider(server, { metadata: 'flag-only' }));
    await registered;
    expect((await client.getBooleanDetails('f', false)).flagMetadata).toEqual({});
    expect((await client.getBooleanDetails('g', false)).flagMetadata).toEqual({ team: 'a' });
    expect((await client.getBooleanDetails('none', false)).flagMetadata).toEqual({});
  });

  it('leaves the value to the caller where a flag serves none, without an error', async () => {
    const server = await running(aFlag('off', 'on', { state: 'off', offVariant: null }), aFlag('null', 'on', { default: null }));
    const { client, registered } = register(aProvider(server));
    await registered;
    const disabled = await client.getBooleanDetails('off', true);
    expect(disabled).toEqual({ flagKey: 'off', value: true, reason: 'DISABLED', flagMetadata: expect.anything() });
    expect(await client.getBooleanDetails('null', true)).toEqual({
      flagKey: 'null',
      value: true,
      reason: 'DEFAULT',
      flagMetadata: expect.anything(),
    });
  });

  it('takes any default for an object, and no value of another type', async () => {
    const server = await running(
      aFlag('list', 'on', { type: 'object', variants: { on: [1] } }),
      aFlag('text', 'on', { type: 'string', variants: { on: '1' } }),
      aFlag('number', 'on', { type: 'number', variants: { on: 0 } }),
    );
    const { client, registered } = register(aProvider(server));
    await registered;
    expect(await client.getObjectValue('list', null)).toEqual([1]);
    expect(await client.getObjectDetails('text', 'mine')).toMatchObject({ value: 'mine', errorCode: 'TYPE_MISMATCH' });
    expect(await client.getNumberDetails('text', 5)).toMatchObject({ value: 5, errorCode: 'TYPE_MISMATCH' });
    expect(await client.getNumberValue('number', Number.NaN)).toBe(0);
    expect(await client.getNumberValue('none', Number.NaN)).toBeNaN();
  });

  it('reads dates of a context as points in time', async () => {
    const since = aFlag('f', 'off', {
      rules: [
        {
          id: 'r',
          when: { attribute: '/account/since', op: 'after', values: ['2026-01-01T00:00:00Z'] },
          serve: { variant: 'on' },
        },
      ],
    });
    const { client, registered } = register(aProvider(await running(since)));
    await registered;
    const at = (date: string) => client.getBooleanValue('f', false, { account: { since: new Date(date), list: [1] } });
    expect([await at('2026-02-01'), await at('2025-02-01'), await at('never')]).toEqual([true, false, false]);
  });

  it('tells which flags changed', async () => {
    const server = await running(aFlag('f', 'off'));
    const { client, changed, registered } = register(aProvider(server));
    await registered;
    server.change(aFlag('f', 'on', { version: 2 }));
    await expect.poll(() => changed).toEqual([['f']]);
    expect(await client.getBooleanValue('f', false)).toBe(true);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });

  it('tells hooks of the client what was evaluated', async () => {
    const heard: unknown[] = [];
    const hook = { afterEvaluation: ({ details }: { readonly details: { readonly key: string } }) => void heard.push(details.key) };
    const { client, registered } = register(aProvider(await running(aFlag('f')), { hooks: [hook] }));
    await registered;
    await client.getBooleanValue('f', false);
    expect(heard).toEqual(['f']);
  });
});

describe('given a server that goes away', () => {
  it('is stale, serves what it has, and is ready again when the server is back', async () => {
    const server = await running(aFlag('f'));
    const { client, events, registered } = register(aProvider(server, { pollIntervalMs: 1_000 }));
    await registered;
    await server.stop();
    await expect.poll(() => client.providerStatus, { timeout: 10_000 }).toBe(ProviderStatus.STALE);
    expect(await client.getBooleanDetails('f', false)).toMatchObject({ value: true, reason: 'STATIC' });
    await server.start();
    await expect.poll(() => client.providerStatus, { timeout: 20_000 }).toBe(ProviderStatus.READY);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Ready]);
  }, 40_000);

  it('is in error when its key is revoked, and serves what it has', async () => {
    const server = await running(aFlag('f'));
    const { client, events, registered } = register(aProvider(server));
    await registered;
    server.revoke();
    await expect.poll(() => client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanValue('f', false)).toBe(true);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.Error]);
  });
});

describe('given a start that fails', () => {
  it.each([
    ['a key that is not valid', async () => (await running()).url, 'another-key'],
    ['no key', async () => (await running()).url, ''],
    ['a url that is none', async () => 'nowhere', KEY],
  ])('is fatal with %s', async (_, url, key) => {
    const { client, events, registered } = register(aProvider({ url: await url() }, { key }));
    await expect(registered).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
    expect(client.providerStatus).toBe(ProviderStatus.FATAL);
    expect(events).toEqual([ProviderEvents.Error]);
    expect(await client.getBooleanDetails('f', true)).toMatchObject({ value: true, errorCode: 'PROVIDER_FATAL' });
  });

  it('is fatal with a revoked key, whatever is bootstrapped', async () => {
    const server = await running();
    server.revoke();
    const bootstrap = { environment: 'default/test', revision: 1, flags: { f: aFlag('f') }, segments: {} };
    const { registered } = register(aProvider(server, { bootstrap }));
    await expect(registered).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
  });

  it('is an error without a server, and ready when there is one', async () => {
    const server = await running(aFlag('f'));
    await server.stop();
    const { client, events, registered } = register(aProvider(server, { readyTimeoutMs: 50 }));
    await expect(registered).rejects.toMatchObject({ code: 'GENERAL' });
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails('f', false)).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' });
    await server.start();
    await expect.poll(() => client.providerStatus, { timeout: 20_000 }).toBe(ProviderStatus.READY);
    expect(events).toEqual([ProviderEvents.Error, ProviderEvents.Ready]);
    expect(await client.getBooleanValue('f', false)).toBe(true);
  }, 30_000);

  it('is ready and stale with a bootstrap and no server', async () => {
    const bootstrap = { environment: 'default/test', revision: 1, flags: { f: aFlag('f') }, segments: {} };
    const server = await running();
    await server.stop();
    const { client, events, registered } = register(aProvider(server, { bootstrap }));
    await registered;
    await expect.poll(() => client.providerStatus).toBe(ProviderStatus.STALE);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.Stale]);
    expect(await client.getBooleanValue('f', false)).toBe(true);
  });
});

describe('given the end', () => {
  it('sends what was counted, once, however often it is closed', async () => {
    const server = await running(aFlag('f'));
    const provider = aProvider(server);
    const { client, registered } = register(provider);
    await registered;
    await client.getBooleanValue('f', false);
    await Promise.all([provider.onClose(), provider.onClose()]);
    await OpenFeature.clearProviders();
    await provider.onClose();
    expect(server.envelopes.flatMap(({ rows }) => rows).map(({ flag }) => flag)).toEqual(['f']);
    expect(provider.client?.status).toBe('closed');
  });

  it('starts afresh when it is registered again', async () => {
    const server = await running(aFlag('f'));
    const provider = aProvider(server);
    await register(provider).registered;
    await OpenFeature.clearProviders();
    const { client, registered } = register(provider);
    await registered;
    expect(await client.getBooleanValue('f', false)).toBe(true);
  });

  it('may be closed before it was started', async () => {
    await expect(aProvider({ url: 'http://127.0.0.1:1' }).onClose()).resolves.toBeUndefined();
  });
});

it('hands tracked events on, unless they have no name, and stands a host that fails', async () => {
  const tracked: unknown[] = [];
  const onTrack: BallastProviderOptions['onTrack'] = (name, context, details) => {
    tracked.push([name, context, details]);
    throw new Error('host');
  };
  const provider = aProvider(await running(), { onTrack });
  const { client, registered } = register(provider);
  await registered;
  client.track('paid', { targetingKey: 'a' }, { value: 5 });
  client.track('');
  expect(tracked).toEqual([['paid', { targetingKey: 'a' }, { value: 5 }]]);
  expect(() => provider.track('direct')).not.toThrow();
});
