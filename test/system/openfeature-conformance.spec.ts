import { BallastProvider } from '@ballast/sdk/openfeature/server';
import {
  type Client,
  type EvaluationDetails,
  type FlagValue,
  type Hook,
  type HookContext,
  type JsonValue,
  OpenFeature,
  type Provider,
} from '@openfeature/server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, behaviours, type Question, type State } from '../conformance/openfeature/behaviours.js';
import { flags } from '../conformance/openfeature/flags.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { OfrepProvider } from '../harness/ofrep-provider.js';

const NOBODY = 'http://127.0.0.1:9';
const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;
const stopped: TestServer[] = [];
let domains = 0;
const tracked: unknown[][] = [];

type Make = (url: string, key: string) => Provider;
const onTrack = (...event: unknown[]) => void tracked.push(event);
const makers: Readonly<Record<string, Make>> = {
  'in process': (url, key) =>
    new BallastProvider({
      url,
      key,
      metadata: 'flag-only',
      readyTimeoutMs: url === NOBODY ? 50 : 5_000,
      logger: null,
      cache: false,
      onTrack,
    }),
  'over OFREP': (url, key) => new OfrepProvider(url, key, onTrack),
};

beforeAll(async () => {
  server = await aServer({ settings: { ofrepMetadata: 'flag-only' } });
  const admin = api(server);
  for (const { serve, on = true, rules = [], ...flag } of flags) {
    expect(await admin.post(FLAGS, { kind: 'config', owner: 'team', ...flag })).toMatchObject({ status: 201 });
    const configured = await admin.put(`${FLAGS}/${flag.key}/environments/development`, {
      on,
      offVariant: null,
      rules,
      default: { variant: serve },
    });
    expect(configured).toMatchObject({ status: 200 });
  }
});

afterAll(async () => {
  await OpenFeature.clearProviders();
  await Promise.all([server, ...stopped].map((running) => running.stop()));
});

/** A client in a domain of its own, whose provider is in a state or about to be. */
async function clientIn(state: State, make: Make): Promise<Client> {
  domains += 1;
  const domain = `domain ${domains}`;
  const own = state === 'stale' ? await aServer() : server;
  const provider = make(state === 'error' ? NOBODY : own.url, state === 'fatal' ? 'not-a-key-at-all' : own.serverKey);
  const registered = OpenFeature.setProviderAndWait(domain, provider).catch(() => undefined);
  if (state === 'not ready') return OpenFeature.getClient(domain);
  await registered;
  if (state === 'stale') await own.app.close();
  if (state === 'stale') stopped.push({ ...own, stop: () => own.database.drop() });
  return OpenFeature.getClient(domain);
}

function ask(client: Client, { kind, key, fallback, context = {} }: Question): Promise<EvaluationDetails<FlagValue>> {
  if (typeof fallback === 'boolean') return client.getBooleanDetails(key, fallback, context);
  if (typeof fallback === 'string') return client.getStringDetails(key, fallback, context);
  if (typeof fallback === 'number') return client.getNumberDetails(key, fallback, context);
  expect(kind).toBe('object');
  return client.getObjectDetails<JsonValue>(key, fallback, context);
}

/** A hook that notes what it is called with, under a name. */
function aHook(name: string, calls: unknown[][]): Hook {
  const bare = ({ flagKey, value, variant, reason, errorCode }: EvaluationDetails<FlagValue>) => ({
    flagKey,
    value,
    variant,
    reason,
    errorCode,
  });
  return {
    before: () => void calls.push([name, 'before']),
    after: (_: Readonly<HookContext>, details) => void calls.push([name, 'after', bare(details)]),
    error: () => void calls.push([name, 'error']),
    finally: (_: Readonly<HookContext>, details) => void calls.push([name, 'finally', bare(details)]),
  };
}

async function hookCalls(client: Client, question: Omit<Question, 'expected'>): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  client.addHooks(aHook('client', calls));
  await ask(client, { ...question, expected: {} });
  return calls;
}

const wrong = { reason: 'ERROR', variant: undefined };
const STATUSES: Readonly<Record<State, string>> = {
  ready: 'READY',
  'not ready': 'NOT_READY',
  error: 'ERROR',
  fatal: 'FATAL',
  stale: 'STALE',
};

const scenes: Readonly<Record<string, (client: Client, behaviour: Behaviour) => Promise<void>>> = {
  status: (client, { state }) => expect.poll(() => client.providerStatus, { timeout: 10_000 }).toBe(STATUSES[state]),

  'option hooks': async (client) => {
    const calls: unknown[][] = [];
    await client.getBooleanDetails('bool', false, {}, { hooks: [aHook('first', calls), aHook('second', calls)] });
    const order = calls.map(([name, stage]) => `${name} ${stage}`);
    expect(order).toEqual(['first before', 'second before', 'second after', 'first after', 'second finally', 'first finally']);
  },

  immutable: async (client) => {
    const context = { targetingKey: 'a', nested: { list: [1, 2] } };
    const before = structuredClone(context);
    const { flagMetadata } = await client.getBooleanDetails('described', false, context);
    expect(context).toEqual(before);
    expect(Object.isFrozen(flagMetadata)).toBe(true);
  },

  concurrent: async (client) => {
    const order: string[] = [];
    const asked = client.getBooleanDetails('bool', false).then((details) => {
      order.push('answered');
      return details;
    });
    order.push('went on');
    const details = await asked;
    expect(order).toEqual(['went on', 'answered']);
    expect(details).toEqual(await client.getBooleanDetails('bool', false));
  },

  'hooks: answer': async (client) => {
    const details = { flagKey: 'bool', value: true, variant: 'yes', reason: 'STATIC', errorCode: undefined };
    expect(await hookCalls(client, { kind: 'boolean', key: 'bool', fallback: false })).toEqual([
      ['client', 'before'],
      ['client', 'after', details],
      ['client', 'finally', details],
    ]);
  },

  'hooks: not found': async (client) => {
    const details = { ...wrong, flagKey: 'nowhere', value: 'mine', errorCode: 'FLAG_NOT_FOUND' };
    expect(await hookCalls(client, { kind: 'string', key: 'nowhere', fallback: 'mine' })).toEqual([
      ['client', 'before'],
      ['client', 'error'],
      ['client', 'finally', details],
    ]);
  },

  'hooks: mismatch': async (client) => {
    const details = { ...wrong, flagKey: 'text', value: 3, errorCode: 'TYPE_MISMATCH' };
    expect(await hookCalls(client, { kind: 'integer', key: 'text', fallback: 3 })).toEqual([
      ['client', 'before'],
      ['client', 'error'],
      ['client', 'finally', details],
    ]);
  },

  'track: empty': async (client) => {
    tracked.splice(0);
    client.track('');
    expect(tracked).toEqual([]);
  },

  'track: null': async (client) => {
    tracked.splice(0);
    const { name }: { name: string } = JSON.parse('{"name":null}');
    client.track(name);
    expect(tracked).toEqual([]);
  },

  track: async (client) => {
    tracked.splice(0);
    client.track('paid', { targetingKey: 'a' }, { value: 99.5 });
    expect(tracked).toEqual([['paid', { targetingKey: 'a' }, { value: 99.5 }]]);
  },
};

describe.each(Object.entries(makers))('given a provider %s', (_, make) => {
  it.each(
    behaviours.map(
      (behaviour) => [behaviour.requirement, behaviour.instead ? `never ${behaviour.what}` : behaviour.what, behaviour] as const,
    ),
  )('%s: %s', async (_requirement, _what, behaviour) => {
    const client = await clientIn(behaviour.state, make);
    const { question, scene } = behaviour;
    if (scene !== undefined) await scenes[scene]?.(client, behaviour);
    if (question === undefined) return;
    const details = await ask(client, question);
    expect(details).toMatchObject(question.expected);
    expect(details.flagMetadata).toEqual(question.expected.flagMetadata ?? details.flagMetadata);
    if (behaviour.instead !== undefined) expect(await ask(client, question)).toEqual(details);
  });
});

it('covers the ninety behaviours, of which all but the two CACHED ones are met', () => {
  expect(behaviours).toHaveLength(90);
  expect(behaviours.filter(({ instead }) => instead === undefined)).toHaveLength(88);
  expect(new Set(behaviours.map(({ what }) => what)).size).toBe(90);
  for (const { scene, question } of behaviours) expect(scene === undefined ? question !== undefined : scene in scenes).toBe(true);
});
