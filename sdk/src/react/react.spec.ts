import { createElement as h, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, it } from 'vitest';
import { aFlag, aServer, aSnapshot, KEY } from '../../test-support/a-server.js';
import { type Client, createClient } from '../node/index.js';
import { createTestClient } from '../testing/index.js';
import { FlagStore } from './flag-store.js';
import { BallastProvider, type BallastProviderProps, typedHooks, useBallast, useFlag, useFlagDetails } from './index.js';

interface Flags {
  'new-checkout': boolean;
  limits: { readonly max: number };
}

function Shop(): ReactElement {
  const { variant, reason } = useFlagDetails('new-checkout', false);
  return h(
    'p',
    null,
    `${useFlag('new-checkout', false)} ${variant} ${reason} ${useFlag('text', 'code')} ${useFlag('limits', { max: 5 }).max}`,
  );
}

const render = (props: BallastProviderProps) => renderToString(h(BallastProvider, props, h(Shop)));

describe('given a server that renders', () => {
  const when = { attribute: 'plan', op: 'in', values: ['pro'] } as const;
  const flag = aFlag('new-checkout', 'off', { rules: [{ id: 'r', when, serve: { variant: 'on' } }] });

  it('renders what the client serves for the context of the provider', async () => {
    const client = createTestClient<Flags>({ flags: { 'new-checkout': ({ plan }) => plan === 'pro', limits: { max: 9 } } });
    expect(render({ client, context: { plan: 'pro' } })).toBe('<p>true on TARGETING_MATCH code 9</p>');
    expect(render({ client })).toBe('<p>false off TARGETING_MATCH code 9</p>');
  });

  it('renders for a context that is no JSON', () => {
    const client = createTestClient<Flags>({ flags: { 'new-checkout': ({ plan }) => plan === 'pro' } });
    const circle: Record<string, unknown> = { plan: 'pro', id: 7n };
    circle.itself = circle;
    expect(render({ client, context: circle })).toBe('<p>true on TARGETING_MATCH code 5</p>');
  });

  it('renders from the bootstrap alone where there is one, and counts nothing', async () => {
    const server = await aServer(flag, aFlag('text', 'on', { type: 'string', variants: { on: 'live', off: 'off' } }));
    const client = createClient({ url: server.url, key: KEY, cache: false, logger: null });
    await client.ready();
    const bootstrap = aSnapshot([flag]);
    expect(render({ client, bootstrap, context: { plan: 'pro' } })).toBe('<p>true on TARGETING_MATCH code 5</p>');
    expect(render({ client, bootstrap })).toBe('<p>false off DEFAULT code 5</p>');
    await client.close();
    await server.stop();
    expect(server.envelopes).toEqual([]);
  });

  it('says what is missing where there is no provider', () => {
    expect(() => renderToString(h(Shop))).toThrow('There is no <BallastProvider> above this component.');
  });

  it('hands out the client', () => {
    const client = createTestClient();
    const Uses = () => h('p', null, String(useBallast() === client));
    expect(renderToString(h(BallastProvider, { client }, h(Uses)))).toBe('<p>true</p>');
  });

  it('knows the types of its flags', () => {
    const typed = typedHooks<Flags>();
    const client = createTestClient<Flags>({ flags: { 'new-checkout': true } });
    function Typed(): ReactElement {
      const flag: boolean = typed.useFlag('new-checkout', false);
      const limits: { max: number } = typed.useFlagDetails('limits', { max: 5 }).value;
      // @ts-expect-error there is no such flag
      typed.useFlag('new-check', false);
      // @ts-expect-error a boolean, not a text
      typed.useFlag('new-checkout', 'on');
      return h('p', null, `${flag} ${limits.max}`);
    }
    expect(renderToString(h(BallastProvider, { client }, h(Typed)))).toBe('<p>true 5</p>');
  });
});

describe('given the answers of a client', () => {
  let client: Client | undefined;
  afterEach(() => client?.close());

  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('evaluates a flag once for each change of it', async () => {
    const flags = createTestClient<Flags>({ flags: { 'new-checkout': true, limits: { max: 1 } } });
    const store = new FlagStore(flags, undefined);
    const ask = () => [store.answer('new-checkout', false), store.answer('limits', { max: 5 })] as const;
    const before = ask();
    let told = 0;
    const stop = store.subscribe(() => told++);
    expect(ask()).toEqual(before);
    flags.set('limits', { max: 2 });
    await settled();
    expect(ask()[0]).toBe(before[0]);
    expect(ask()[1].value).toEqual({ max: 2 });
    expect([flags.counts('new-checkout').exposures, flags.counts('limits').exposures, told]).toEqual([1, 2, 1]);
    stop();
  });

  it('keeps the object while it is equal', async () => {
    const flags = createTestClient<Flags>({ flags: { limits: { max: 1 } } });
    const store = new FlagStore(flags, undefined);
    store.subscribe(() => {});
    const before = store.answer('limits', {});
    flags.set('limits', { max: 1 });
    await settled();
    const after = store.answer('limits', {});
    expect(after.version).not.toBe(before.version);
    expect(after.value).toBe(before.value);
  });

  it('does not miss what changes while nobody listens', async () => {
    const flags = createTestClient<Flags>({ flags: { 'new-checkout': ({ plan }) => plan === 'pro' } });
    const store = new FlagStore(flags, undefined);
    expect(store.answer('new-checkout', true).value).toBe(false);
    flags.set('new-checkout', true);
    expect(store.answer('new-checkout', false).value).toBe(true);
    const stop = store.subscribe(() => {});
    flags.set('new-checkout', ({ plan }) => plan === 'pro');
    await settled();
    expect(store.answer('new-checkout', true).value).toBe(false);
    stop();
    flags.setContext({ plan: 'pro' });
    expect(store.answer('new-checkout', false).value).toBe(true);
  });

  it('tells its listeners when the first flags arrive', async () => {
    const server = await aServer(aFlag('new-checkout', 'on'));
    const started = createClient({ url: server.url, key: KEY, cache: false, logger: null });
    client = started;
    const store = new FlagStore(started, undefined);
    expect(store.answer('new-checkout', false)).toMatchObject({ value: false, errorCode: 'PROVIDER_NOT_READY' });
    await new Promise<void>((resolve) => store.subscribe(resolve));
    expect(store.answer('new-checkout', false)).toMatchObject({ value: true, variant: 'on' });
    await server.stop();
  });

  it('tells its listeners when the context changes', async () => {
    const flags = createTestClient<Flags>({ flags: { 'new-checkout': ({ plan }) => plan === 'pro' } });
    const store = new FlagStore(flags, undefined);
    expect(store.answer('new-checkout', true).value).toBe(false);
    const told = new Promise<void>((resolve) => store.subscribe(resolve));
    flags.setContext({ plan: 'pro' });
    await told;
    expect(store.answer('new-checkout', false).value).toBe(true);
  });
});
