import { type Client, createClient } from '@ballast/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient as createBrowserClient } from '../../sdk/src/browser/index.js';
import { aLine, type Distortion, type Line } from '../harness/a-line.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const KEYS = '/api/v1/projects/default/environments/development/keys';

interface Start {
  readonly key?: string;
}

let server: TestServer;
let relay: TestRelay;
let line: Line;
const clients: Client[] = [];

beforeAll(async () => {
  server = await aServer();
  for (const key of ['a', 'b', 'c']) {
    const flag = {
      key,
      kind: 'release',
      type: 'string',
      variants: { red: 'red', green: 'green', blue: 'blue' },
      owner: 'shop',
      ttlDays: 30,
    };
    expect((await api(server).post(FLAGS, { ...flag, clientVisible: true })).status).toBe(201);
    await serve(key, 'red');
  }
  relay = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server) });
  await vi.waitFor(async () => expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200), 10_000);
});

afterAll(async () => {
  await relay.remove();
  await server.stop();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await line.down();
});

/** What the flag `a` serves there. */
async function servedAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.serverKey}` } });
  return (await answer.json()).flags.a.default.variant;
}

async function serve(flag: string, variant: string): Promise<void> {
  const config = { on: true, offVariant: null, default: { variant } };
  expect((await api(server).put(`${FLAGS}/${flag}/environments/development`, config)).status).toBe(200);
}

/** What a client serves. */
const flagsOf = (client: Client) => ['a', 'b', 'c'].map((key) => client.value(key, 'code'));

const kinds = {
  'a Node client': (start: Start = {}) => createClient({ ...common(), key: server.serverKey, flushOnExit: false, ...start }),
  'a browser client': (start: Start = {}) => createBrowserClient({ ...common(), key: server.clientKey, webSocket: WebSocket, ...start }),
};

/** Who is at the other end of the line: nothing that a client is told may depend on it. */
const others = [
  ['a server', () => server.url],
  ['a relay', () => relay.url],
] as const;

const common = () => ({ url: line.url, cache: false as const, logger: null, telemetry: false, pollIntervalMs: 3_600_000 });

/** Whole numbers from nought up to below a bound, the same for the same seed. */
function aChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Distorts deltas when they are first heard; what a client asks for again comes as it is. */
function ofNewDeltas(distort: Distortion): Distortion {
  let newest = 0;
  return (text) => {
    const to = text.startsWith('42/sdk,["delta"') ? JSON.parse(text.slice(7))[1].to : 0;
    if (to <= newest) return [text];
    newest = to;
    return distort(text);
  };
}

const distortions: Readonly<Record<string, () => Distortion>> = {
  'are missing': () => {
    let heard = 0;
    return (text) => (heard++ % 2 === 0 ? [] : [text]);
  },
  'come twice': () => (text) => [text, text],
  'come in the wrong order': () => {
    const held: string[] = [];
    return (text) => {
      held.unshift(text);
      return held.length < 3 ? [] : held.splice(0);
    };
  },
  'are missing, come twice and in the wrong order by chance': () => {
    const chance = aChance(7);
    const held: string[] = [];
    return (text) => {
      held.splice(chance(held.length + 1), 0, ...Array.from({ length: chance(3) }, () => text));
      return held.splice(0, chance(held.length + 1));
    };
  },
};

const places = Object.entries(kinds).flatMap(([kind, create]) => others.map(([other, urlOf]) => ({ kind, create, other, urlOf })));

describe.each(places)('given $kind of $other', ({ kind, create, other, urlOf }) => {
  beforeEach(async () => {
    await serve('a', 'red');
    await vi.waitFor(async () => expect(await servedAt(urlOf())).toBe('red'));
    line = await aLine(urlOf());
  });

  const start = (options?: Start): Client => {
    const client = create(options);
    clients.push(client);
    return client;
  };

  /** A client that streams. */
  async function streaming(): Promise<Client> {
    const client = start();
    expect(await client.ready()).toBe('ready');
    await vi.waitFor(() => expect(line.sockets).toBe(1));
    await serve('a', 'green');
    await vi.waitFor(() => expect(client.value('a', 'code')).toBe('green'));
    return client;
  }

  it('serves the code default while no server runs, and what is live once one does', async () => {
    await line.down();
    const client = start();
    expect(await client.ready({ timeoutMs: 50 })).toBe('connecting');
    expect(client.details('a', 'code')).toMatchObject({ value: 'code', reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' });
    await line.up();
    expect(await client.ready({ timeoutMs: 20_000 })).toBe('ready');
    expect(client.value('a', 'code')).toBe('red');
  });

  // What comes of HTTP alone is the line's doing, whoever is behind it.
  if (other === 'a server') {
    describe('and nobody who lets it stream', () => {
      beforeEach(() => {
        line.takesSockets = false;
      });

      it.each([500, 403, 429, 'garbage', 'truncated'] as const)('recovers from a first answer that is %s', async (fault) => {
        line.fault = fault;
        const client = start();
        expect(await new Promise((resolve) => client.on('error', resolve))).toBeInstanceOf(Error);
        expect(client.status).toBe('connecting');
        expect(flagsOf(client)).toEqual(['code', 'code', 'code']);
        line.fault = undefined;
        expect(await client.ready({ timeoutMs: 20_000 })).toBe('ready');
        expect(client.value('a', 'code')).toBe('red');
      });

      it('gives up a first answer that hangs, and streams at last', async () => {
        line.fault = 'hang';
        const client = start();
        await vi.waitFor(() => expect(line.requests).toBe(1));
        line.fault = undefined;
        expect(await client.ready({ timeoutMs: 25_000 })).toBe('ready');
        line.takesSockets = true;
        await vi.waitFor(() => expect(line.sockets).toBe(1), 40_000);
        await serve('a', 'green');
        await vi.waitFor(() => expect(client.value('a', 'code')).toBe('green'));
      }, 80_000);
    });
  }

  it('serves on when its key is revoked, says so once, and no client starts with that key', async () => {
    const made = await api(server).post(KEYS, {
      kind: kind === 'a Node client' ? 'server' : 'client',
      name: `revoked ${kind} of ${other}`,
    });
    const { id, secret: key } = made.body;
    const client = start({ key });
    expect(await client.ready()).toBe('ready');
    const problems: string[] = [];
    client.on('error', ({ message }) => problems.push(message));
    expect((await api(server).delete(`${KEYS}/${id}`)).status).toBe(200);
    await vi.waitFor(() => expect(problems).toEqual(['revoked']), 5_000);
    expect([client.status, client.value('a', 'code')]).toEqual(['stale', 'red']);
    expect(await start({ key }).ready()).toBe('closed');
  });

  it('notices that its stream is silent although it is open, and comes back with what changed', async () => {
    const client = await streaming();
    const stale = new Promise((resolve) => client.on('stale', resolve));
    line.silence();
    await serve('a', 'blue');
    await stale;
    expect([client.status, client.value('a', 'code')]).toEqual(['stale', 'green']);
    line.speak();
    await vi.waitFor(() => expect(client.value('a', 'code')).toBe('blue'), 25_000);
    expect(client.status).toBe('ready');
  });

  it('serves on when the server goes away, and catches up when it is back', async () => {
    const client = await streaming();
    await line.down();
    await vi.waitFor(() => expect(client.status).toBe('stale'), 10_000);
    await serve('a', 'blue');
    expect(client.value('a', 'code')).toBe('green');
    await line.up();
    await vi.waitFor(() => expect(client.value('a', 'code')).toBe('blue'), 20_000);
    expect(client.status).toBe('ready');
  });

  it.each(Object.entries(distortions))('ends where the server is although deltas %s', async (manner, distort) => {
    const client = await streaming();
    const revisions: number[] = [];
    client.on('configurationChanged', ({ revision = 0 }) => revisions.push(revision));
    const { requests } = line;
    line.distortion = ofNewDeltas(distort());
    for (const variant of ['red', 'green', 'blue']) for (const flag of ['b', 'c']) await serve(flag, variant);
    line.distortion = (text) => [text];
    await serve('a', 'blue');
    await vi.waitFor(() => expect(flagsOf(client)).toEqual(['blue', 'blue', 'blue']), 10_000);
    expect(client.status).toBe('ready');
    if (manner === 'come twice') expect(line.requests).toBe(requests);
    expect(revisions).toEqual([...new Set(revisions)].sort((one, other) => one - other));
  });
});
