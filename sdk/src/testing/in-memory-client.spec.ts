import { describe, expect, it, vi } from 'vitest';
import type { Client } from '../node/index.js';
import { createTestClient } from './index.js';

interface Flags {
  'new-checkout': boolean;
  'page-size': number;
  banner: string;
  limits: { readonly max: number };
}

it('answers what the test says, with reason and variant', () => {
  const client: Client = createTestClient<Flags>({
    flags: { 'new-checkout': true, banner: ({ plan }) => (plan === 'pro' ? 'hello' : undefined) },
  });
  expect(client.details('new-checkout', false)).toEqual({
    key: 'new-checkout',
    value: true,
    variant: 'on',
    reason: 'STATIC',
    version: 1,
    flagMetadata: {},
  });
  expect(client.details('banner', 'code', { plan: 'pro' })).toMatchObject({
    value: 'hello',
    variant: 'override',
    reason: 'TARGETING_MATCH',
  });
  expect(client.details('banner', 'code')).toMatchObject({ value: 'code', reason: 'DEFAULT' });
});

it('answers the code default for what the test does not say, and for another type', () => {
  const client = createTestClient<Flags>({ flags: { banner: 'hello' } });
  expect(client.details('limits', { max: 5 })).toMatchObject({
    value: { max: 5 },
    reason: 'ERROR',
    errorCode: 'FLAG_NOT_FOUND',
    version: 0,
  });
  expect(client.details('banner', 5)).toMatchObject({ value: 5, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' });
});

it('can be changed at any time, and says so', async () => {
  const client = createTestClient<Flags>();
  const news: unknown[] = [];
  client.on('configurationChanged', (event) => news.push(event));
  client.set('page-size', 50);
  expect(client.value('page-size', 10)).toBe(50);
  client.set('page-size', ({ plan }) => (plan === 'pro' ? 100 : 20));
  expect([client.value('page-size', 10, { plan: 'pro' }), client.value('page-size', 10)]).toEqual([100, 20]);
  expect(client.details('page-size', 10).version).toBe(3);
  client.unset('page-size');
  expect(client.value('page-size', 10)).toBe(10);
  await vi.waitFor(() => expect(news).toHaveLength(3));
  expect(news).toEqual([2, 3, 4].map((revision) => ({ revision, cached: false, keys: ['page-size'] })));
});

it('evaluates with the current context under that of the call', async () => {
  const client = createTestClient<Flags>({
    flags: { banner: ({ plan, country }) => `${plan} ${country}` },
    context: { plan: 'free', country: 'fi' },
  });
  const contexts: unknown[] = [];
  client.on('contextChanged', (context) => contexts.push(context));
  expect(client.value('banner', '', { plan: 'pro' })).toBe('pro fi');
  client.setContext({ plan: 'team' });
  expect(client.value('banner', '')).toBe('team undefined');
  await vi.waitFor(() => expect(contexts).toEqual([{ plan: 'team' }]));
});

describe('given code that runs under a flag', () => {
  const branches = { on: () => 'new', off: () => 'old' };

  it('counts how it went', async () => {
    const client = createTestClient<Flags>({ flags: { 'new-checkout': true } });
    const fails = () => {
      throw new Error('no');
    };
    expect(client.run('new-checkout', {}, branches)).toBe('new');
    expect(() => client.run('new-checkout', {}, { ...branches, on: fails })).toThrow('no');
    await expect(client.run('new-checkout', {}, { ...branches, on: async () => fails() })).rejects.toThrow('no');
    expect(client.run('new-checkout', {}, { ...branches, on: fails }, { fallback: 'off' })).toBe('old');
    client.value('new-checkout', false);
    expect(client.counts('new-checkout')).toEqual({ exposures: 5, ok: 1, err: 3 });
    client.set('new-checkout', false);
    expect(client.run('new-checkout', {}, branches)).toBe('old');
    client.resetCounts();
    expect(client.counts('new-checkout')).toEqual({ exposures: 0, ok: 0, err: 0 });
  });

  it('runs `off` for a flag that is not there', () => {
    expect(createTestClient().run('unknown', {}, branches)).toBe('old');
  });
});

it('plays an outage', async () => {
  const client = createTestClient();
  const heard: string[] = [];
  client.on('stale', () => heard.push('stale'));
  client.on('ready', () => heard.push('ready'));
  client.setStatus('stale');
  expect(client.status).toBe('stale');
  client.setStatus('ready');
  expect(await client.ready()).toBe('ready');
  await vi.waitFor(() => expect(heard).toEqual(['stale', 'ready']));
});

it('holds nothing open', async () => {
  const before = process.getActiveResourcesInfo();
  const client = createTestClient<Flags>({ flags: { banner: 'a' } });
  client.set('banner', 'b');
  client.value('banner', '');
  expect(process.getActiveResourcesInfo()).toEqual(before);
  expect(await client.flush()).toBe(true);
  await client.close();
  client.setStatus('ready');
  expect(client.status).toBe('closed');
});

it('knows the types of its flags', () => {
  const client = createTestClient<Flags>();
  // @ts-expect-error there is no such flag
  client.set('page-sise', 5);
  // @ts-expect-error a number, not a text
  client.set('page-size', '5');
  // @ts-expect-error its function answers numbers, too
  createTestClient<Flags>({ flags: { 'page-size': () => '5' } });
});

it('tells what was tracked, and for whom', () => {
  const client = createTestClient({ context: { plan: 'pro' } });
  client.track('order', { targetingKey: 'u' }, { value: 5 });
  client.track('visit');
  expect(client.events()).toEqual([
    { event: 'order', context: { plan: 'pro', targetingKey: 'u' }, value: 5 },
    { event: 'visit', context: { plan: 'pro' }, value: 0 },
  ]);
  client.resetCounts();
  expect(client.events()).toEqual([]);
});
