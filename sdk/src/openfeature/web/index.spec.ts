import type { Flag } from '@ballast/evaluation';
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/web-sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { aFlag, aServer, KEY, type TestServer } from '../../../test-support/a-server.js';
import { BallastWebProvider, type BallastWebProviderOptions } from './index.js';

const providers: BallastWebProvider[] = [];
const servers: TestServer[] = [];
let domains = 0;

afterEach(async () => {
  await OpenFeature.clearProviders();
  await OpenFeature.clearContexts();
  await Promise.all(providers.splice(0).map((provider) => provider.onClose()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function running(...flags: readonly Flag[]): Promise<TestServer> {
  const server = await aServer(...flags);
  servers.push(server);
  return server;
}

function aProvider(server: { readonly url: string }, options: Partial<BallastWebProviderOptions> = {}): BallastWebProvider {
  const provider = new BallastWebProvider({ url: server.url, key: KEY, logger: null, cache: false, webSocket: WebSocket, ...options });
  providers.push(provider);
  return provider;
}

const EVENTS = [
  ProviderEvents.Ready,
  ProviderEvents.Stale,
  ProviderEvents.Error,
  ProviderEvents.Reconciling,
  ProviderEvents.ContextChanged,
  ProviderEvents.ConfigurationChanged,
] as const;

/** Registers a provider in a domain of its own and keeps a list of the events that OpenFeature tells. */
function register(provider: BallastWebProvider) {
  domains += 1;
  const domain = `domain ${domains}`;
  const client = OpenFeature.getClient(domain);
  const events: string[] = [];
  for (const event of EVENTS) client.addHandler(event, () => void events.push(event));
  events.splice(0);
  return { domain, client, events, registered: OpenFeature.setProviderAndWait(domain, provider) };
}

const forPro = aFlag('f', 'off', {
  rules: [{ id: 'r', when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'on' } }],
});

describe('given a server', () => {
  it('answers at once for the context of the moment, which nothing has to be reconciled for', async () => {
    const { domain, client, events, registered } = register(aProvider(await running(forPro)));
    expect(client.getBooleanDetails('f', true)).toMatchObject({ value: true, errorCode: 'PROVIDER_NOT_READY' });
    await registered;
    expect(client.getBooleanDetails('f', true)).toEqual({
      flagKey: 'f',
      value: false,
      variant: 'off',
      reason: 'DEFAULT',
      flagMetadata: { flagSetId: 'default/test', version: '1' },
    });
    await OpenFeature.setContext(domain, { targetingKey: 'a', plan: 'pro' });
    expect(client.getBooleanDetails('f', false)).toMatchObject({ value: true, reason: 'TARGETING_MATCH' });
    await OpenFeature.setContext(domain, { targetingKey: 'b' });
    expect(client.getBooleanValue('f', true)).toBe(false);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.ContextChanged, ProviderEvents.ContextChanged]);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });

  it('keeps the contexts of two domains apart', async () => {
    const provider = aProvider(await running(forPro));
    const first = register(provider);
    const second = register(provider);
    await Promise.all([first.registered, second.registered]);
    await OpenFeature.setContext(first.domain, { plan: 'pro' });
    await OpenFeature.setContext(second.domain, { targetingKey: 'b' });
    expect([first.client.getBooleanValue('f', false), second.client.getBooleanValue('f', true)]).toEqual([true, false]);
  });

  it('serves every type, and tells what changed', async () => {
    const server = await running(
      aFlag('text', 'on', { type: 'string', variants: { on: '' } }),
      aFlag('number', 'on', { type: 'number', variants: { on: 0 } }),
      aFlag('object', 'on', { type: 'object', variants: { on: {} } }),
    );
    const { client, events, registered } = register(aProvider(server, { metadata: 'flag-only' }));
    await registered;
    expect([client.getStringValue('text', 'x'), client.getNumberValue('number', 1), client.getObjectValue('object', { a: 1 })]).toEqual([
      '',
      0,
      {},
    ]);
    expect(client.getStringDetails('text', 'x').flagMetadata).toEqual({});
    expect(client.getNumberDetails('text', 5)).toMatchObject({ value: 5, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' });
    server.change(aFlag('text', 'on', { version: 2, type: 'string', variants: { on: 'new' } }));
    await expect.poll(() => client.getStringValue('text', 'x')).toBe('new');
    await expect.poll(() => events).toContain(ProviderEvents.ConfigurationChanged);
  });
});

describe('given a server that goes away', () => {
  it('is stale, whatever the context, and ready when the server is back', async () => {
    const server = await running(forPro);
    const { domain, client, registered } = register(aProvider(server, { pollIntervalMs: 1_000 }));
    await registered;
    await server.stop();
    await expect.poll(() => client.providerStatus, { timeout: 10_000 }).toBe(ProviderStatus.STALE);
    await OpenFeature.setContext(domain, { plan: 'pro' });
    expect(client.getBooleanValue('f', false)).toBe(true);
    await expect.poll(() => client.providerStatus).toBe(ProviderStatus.STALE);
    await server.start();
    await expect.poll(() => client.providerStatus, { timeout: 20_000 }).toBe(ProviderStatus.READY);
  }, 40_000);

  it('stays in error when its key is revoked, whatever the context', async () => {
    const server = await running(forPro);
    const { domain, client, registered } = register(aProvider(server));
    await registered;
    server.revoke();
    await expect.poll(() => client.providerStatus).toBe(ProviderStatus.ERROR);
    await OpenFeature.setContext(domain, { plan: 'pro' });
    await expect.poll(() => client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(client.getBooleanValue('f', false)).toBe(true);
  });
});

it('is fatal with a key that is not valid', async () => {
  const { client, events, registered } = register(aProvider(await running(), { key: 'another' }));
  await expect(registered).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
  expect(client.providerStatus).toBe(ProviderStatus.FATAL);
  expect(events).toEqual([ProviderEvents.Error]);
});

it('is an error without a server', async () => {
  const server = await running();
  await server.stop();
  const { client, registered } = register(aProvider(server, { readyTimeoutMs: 50 }));
  await expect(registered).rejects.toMatchObject({ code: 'GENERAL' });
  expect(client.providerStatus).toBe(ProviderStatus.ERROR);
});

it('hands tracked events on, unless they have no name, and may be closed twice', async () => {
  const tracked: unknown[] = [];
  const provider = aProvider(await running(), { onTrack: (...event) => void tracked.push(event) });
  const { client, registered } = register(provider);
  await registered;
  client.track('paid', { value: 5 });
  client.track('');
  expect(tracked).toEqual([['paid', {}, { value: 5 }]]);
  await Promise.all([provider.onClose(), provider.onClose()]);
  expect(provider.client?.status).toBe('closed');
});
