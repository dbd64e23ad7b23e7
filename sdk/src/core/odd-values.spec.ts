import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aSnapshot } from '../../test-support/a-server.js';
import { type Client, createClient } from '../node/index.js';

let client: Client;
let problems: string[];

const note = (message: string): void => void problems.push(message);
const logger = { warn: note, error: note };
const bootstrap = aSnapshot([aFlag('new-checkout')]);
const usual = { url: '', key: '', cache: false, logger, bootstrap };

const { checksum: _checksum, ...bare } = bootstrap;

/** A client that is given what no type allows. */
const start = (options: object): Client => {
  client = Reflect.apply(createClient, null, [{ ...usual, ...options }]);
  return client;
};
const unreadable = {
  [Symbol.toPrimitive]: () => failing(),
  get plan() {
    throw new Error('unreadable');
  },
  get timeoutMs() {
    throw new Error('unreadable');
  },
};
/** Throws what has no text. */
const failing = (): never => {
  throw Object.create(null);
};
const unhandled = vi.fn();

beforeEach(() => {
  problems = [];
  process.on('unhandledRejection', unhandled);
});
afterEach(async () => {
  await client.close();
  process.off('unhandledRejection', unhandled);
});

it.each([
  ['a number that is no JSON', { plan: 1n }],
  ['a member that cannot be read', unreadable],
])('leaves a bootstrap with %s alone', (_, metadata) => {
  const flags = { 'new-checkout': { ...aFlag('new-checkout'), metadata } };
  expect(start({ bootstrap: { ...bare, flags } }).value('new-checkout', false)).toBe(false);
  expect(problems.join()).toContain('bootstrap ignored');
});

it('takes a bootstrap whose checksum is undefined for one without', () => {
  expect(start({ bootstrap: { ...bare, checksum: undefined } }).value('new-checkout', false)).toBe(true);
});

describe('given hooks', () => {
  it.each([
    ['the context of the client', unreadable, {}],
    ['the context of the call', { plan: 'pro' }, unreadable],
  ])('tells them of an evaluation although %s cannot be read', (_, own, given) => {
    const afterEvaluation = vi.fn();
    start({ context: own, hooks: [{ afterEvaluation }] });
    expect(client.details('new-checkout', false, given)).toMatchObject({ value: false, errorCode: 'GENERAL' });
    expect(afterEvaluation).toHaveBeenCalledWith(expect.objectContaining({ context: {} }));
  });

  it('goes on when one throws what has no text', () => {
    start({ hooks: [{ afterEvaluation: failing }] });
    expect(client.value('new-checkout', false)).toBe(true);
    expect(problems.join()).toContain('hook failed');
  });
});

describe('given a proxy that was revoked', () => {
  const { proxy: revoked, revoke } = Proxy.revocable<object>([], {});
  revoke();
  const names = ['context', 'bootstrap', 'hooks', 'logger', 'pollIntervalMs', 'telemetry', 'cache', 'tracking', 'slowMs', 'flushOnExit'];

  it.each(names)('starts and serves although option %s is one', (name) => {
    start({ url: 'http://127.0.0.1:1', key: 'k', tracking: true, [name]: revoked });
    expect(client.value('new-checkout', false)).toBe(!['bootstrap', 'context'].includes(name));
  });

  it('starts although all of its options are one', () => {
    client = Reflect.apply(createClient, null, [revoked]);
    expect(client.status).toBe('closed');
  });
});

it('goes on when a listener throws what has no text', async () => {
  start({}).on('error', failing);
  await vi.waitFor(() => expect(problems.join()).toContain('listener failed'));
  expect(unhandled).not.toHaveBeenCalled();
});

it.each(['constructor', '__proto__', 'unknown', Symbol(), null, unreadable])('listens to nothing that never happens (%#)', (name) => {
  const end: unknown = Reflect.apply(start({}).on, client, [name, () => {}]);
  expect(end).toBeTypeOf('function');
});

it.each([[null], [{ timeoutMs: 1n }], [{ timeoutMs: 'soon' }], [unreadable]])(
  'is ready whatever it is told to wait (%#)',
  async (options) => {
    const ready: unknown = Reflect.apply(start({}).ready, client, [options]);
    expect(await ready).toBe('stale');
  },
);
