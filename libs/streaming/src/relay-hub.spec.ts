import { createServer } from 'node:http';
import { type AddressInfo, Socket as NetSocket } from 'node:net';
import type { Snapshot } from '@ballast/protocol';
import { type KeyEntry, type KeySource, type RelayAdmission, RelayHub, type RelayHubOptions, SnapshotFeeds } from '@ballast/streaming';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { afterEach, expect, it } from 'vitest';
import { aDelta, aFlag, aSnapshot, aState, changed } from '../../protocol/test/makers.js';

const KEY: KeyEntry = { id: 'relay-key', kind: 'relay', hash: 'hash', expiresAt: null };
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Keys as a server or relay would know them. */
class Keys implements KeySource {
  readonly #listeners = new Set<(environmentId: string) => void>();
  #keys: readonly KeyEntry[] = [KEY];
  loads = 0;

  async load(): Promise<void> {
    this.loads += 1;
  }

  now(): number {
    return 1_700_000_000_000;
  }

  current(): readonly KeyEntry[] {
    return this.#keys;
  }

  subscribe(listener: (environmentId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(...keys: readonly KeyEntry[]): void {
    this.#keys = keys;
    for (const listener of this.#listeners) listener('env');
  }
}

/** An environment at revision 5, a hub of relays over real sockets, and relays for it. */
async function aHub(options: Partial<RelayHubOptions> = {}, refresh?: () => Promise<void>) {
  const feeds = new SnapshotFeeds(refresh);
  let held: { readonly server: Snapshot; readonly client: Snapshot } = {
    server: aSnapshot({ flags: [aFlag('checkout')], revision: 5 }),
    client: aSnapshot({ revision: 5 }),
  };
  const open = () => {
    for (const view of ['server', 'client'] as const) feeds.open('env', view, aState(held[view]));
  };
  open();
  const http = createServer();
  const sockets = new Server(http, { transports: ['websocket'] });
  const keys = new Keys();
  const admit = async (): Promise<RelayAdmission> => ({ environmentId: 'env', keyId: 'relay-key' });
  const hub = new RelayHub(sockets.of('/relay'), { source: feeds, keys, admit, ...options });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  stops.push(() => sockets.close());
  const publish = (version: number, note = '') => {
    const changes = [{ kind: 'flag', key: 'checkout', value: aFlag('checkout', { version, metadata: { note } }) }] as const;
    feeds.publish('env', 'server', aDelta(held.server, changes));
    feeds.publish('env', 'client', aDelta(held.client, []));
    held = { server: changed(held.server, changes), client: changed(held.client, []) };
  };
  let named = 0;
  const connect = (since?: number, instance = `relay-${++named}`, checksum?: number) =>
    aRelay((http.address() as AddressInfo).port, { since, instance, checksum });
  /** Where both views stand, as a reset tells it. */
  const head = () => ({ revision: held.server.revision, checksum: (held.server.checksum + held.client.checksum) >>> 0 });
  return { hub, feeds, keys, publish, connect, open, head };
}

/** A relay's socket, what it was sent, and a way to wait for it. */
function aRelay(
  port: number,
  held: { readonly since: number | undefined; readonly instance: string; readonly checksum: number | undefined },
) {
  const auth = { key: 'secret', sdk: 'relay/1', ...held };
  const socket: Socket = io(`http://127.0.0.1:${port}/relay`, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
  const said: [event: string, content: unknown][] = [];
  let wake: () => void = () => undefined;
  const hear = (event: string, content: unknown) => {
    said.push([event, content]);
    wake();
  };
  socket.onAny(hear);
  socket.on('connect_error', (error) => hear('refused', 'data' in error ? error.data : error.message));
  stops.push(() => socket.disconnect());
  const saw = async (event: string, times = 1): Promise<unknown> => {
    const found = () => said.filter(([name]) => name === event);
    while (found().length < times) await new Promise<void>((resolve) => (wake = resolve));
    return found()[times - 1]?.[1];
  };
  return { socket, said, saw };
}

const WELCOME = { environmentId: 'env', revision: 5, isStale: false, now: 1_700_000_000_000, keys: [KEY] };

it('welcomes a relay with the keys, and leads it on from what it holds', async () => {
  const { connect, publish, head } = await aHub();
  const current = connect(5);
  expect(await current.saw('welcome')).toEqual(WELCOME);
  publish(6);
  publish(7);
  expect(await current.saw('delta')).toMatchObject({
    server: { from: 5, to: 7, changes: [{ key: 'checkout' }] },
    client: { from: 5, to: 7, changes: [] },
  });
  const behind = connect(6);
  expect(await behind.saw('delta')).toMatchObject({ server: { from: 6, to: 7 }, client: { from: 6, to: 7 } });
  expect(await connect().saw('reset')).toEqual(head());
  expect(await connect(3).saw('reset')).toEqual(head());
  expect(current.said.map(([event]) => event)).toEqual(['welcome', 'delta']);
});

it('sends each relay every revision once, also one that comes in between', async () => {
  const { connect, publish } = await aHub();
  const early = connect(5);
  await early.saw('welcome');
  publish(6);
  const late = connect(5);
  publish(7);
  await late.saw('welcome');
  publish(8);
  const led = (relay: typeof late) => relay.said.filter(([event]) => event === 'delta').map(([, content]) => Object(content).server);
  while (led(late).at(-1)?.to !== 8) await late.saw('delta', led(late).length + 1);
  while (led(early).at(-1)?.to !== 8) await early.saw('delta', led(early).length + 1);
  for (const deltas of [led(early), led(late)]) {
    expect(deltas[0].from).toBe(5);
    for (const [i, delta] of deltas.entries()) expect(delta.from).toBe(i === 0 ? 5 : deltas[i - 1].to);
  }
});

it('resets once when both views are replaced', async () => {
  const { connect, open, publish, head } = await aHub();
  const relay = connect(5);
  await relay.saw('welcome');
  open();
  expect(await relay.saw('reset')).toEqual(head());
  publish(6);
  await relay.saw('delta');
  expect(relay.said.map(([event]) => event)).toEqual(['welcome', 'reset', 'delta']);
});

it('leads a relay on only from what both views were, and resets one that holds something else in either', async () => {
  const { connect, publish, head } = await aHub();
  const { checksum } = head();
  publish(6);
  expect(await connect(5, 'same', checksum).saw('delta')).toMatchObject({ server: { from: 5, to: 6 } });
  expect(await connect(5, 'other', checksum + 1).saw('reset')).toEqual(head());
  const relay = connect(6, 'current', head().checksum);
  await relay.saw('welcome');
  relay.socket.emit('resync', { since: 6, checksum });
  expect(await relay.saw('reset')).toEqual(head());
  expect(relay.said.map(([event]) => event)).toEqual(['welcome', 'reset']);
});

it('always answers who asks', async () => {
  const { connect, publish, head } = await aHub();
  publish(6);
  const relay = connect(6);
  await relay.saw('welcome');
  relay.socket.emit('resync', { since: 6 });
  expect(await relay.saw('reset')).toEqual(head());
  relay.socket.emit('resync', { since: 5 });
  expect(await relay.saw('delta')).toMatchObject({ server: { from: 5, to: 6 } });
  relay.socket.emit('resync', {});
  expect(await relay.saw('reset', 2)).toEqual(head());
  expect(await relay.socket.timeout(1_000).emitWithAck('alive')).toBe(WELCOME.now);
});

it('looks for changes and keys when it is asked to, and has sent them when it says so', async () => {
  const ways: (() => void)[] = [];
  const { connect, publish, keys } = await aHub({}, async () => ways.at(-1)?.());
  const relay = connect(5);
  await relay.saw('welcome');
  ways.push(() => publish(6));
  const { loads } = keys;
  await relay.socket.timeout(1_000).emitWithAck('refresh');
  expect(relay.said.at(-1)).toMatchObject(['delta', { server: { to: 6 } }]);
  expect(keys.loads).toBe(loads + 1);
});

it('asks its source before it sends a relay back that holds more', async () => {
  const ways: (() => void)[] = [];
  const { connect, publish, head } = await aHub({}, async () => ways.shift()?.());
  ways.push(() => publish(6));
  const relay = connect(6);
  await relay.saw('welcome');
  publish(7);
  // The one before says what it holds already.
  expect(await relay.saw('delta', 2)).toMatchObject({ server: { from: 6, to: 7 } });
  expect(relay.said.some(([event]) => event === 'reset')).toBe(false);
  expect(await connect(9).saw('reset')).toEqual(head());
});

it('sends the keys whenever they change, and a relay away whose own key is gone', async () => {
  const { connect, keys } = await aHub();
  const relay = connect(5);
  await relay.saw('welcome');
  const other: KeyEntry = { id: 'other', kind: 'client', hash: 'other', expiresAt: 7 };
  keys.replace(KEY, other);
  expect(await relay.saw('keys')).toEqual({ keys: [KEY, other] });
  keys.replace(other);
  expect(await relay.saw('goodbye')).toEqual({ reason: 'revoked' });
  expect(await connect(5).saw('goodbye')).toEqual({ reason: 'revoked' });
});

it('tells that what it sends may be old, also who comes in meanwhile, and that it no longer is', async () => {
  const { connect, feeds, head } = await aHub();
  const relay = connect(5);
  await relay.saw('welcome');
  feeds.setStale('env', true);
  expect(await relay.saw('stale')).toEqual({});
  expect(await connect(5).saw('welcome')).toEqual({ ...WELCOME, isStale: true });
  feeds.setStale('env', false);
  expect(await relay.saw('reset')).toEqual(head());
});

it('hands relays over when it stops, and lets nobody else in', async () => {
  const { connect, hub } = await aHub();
  const relay = connect(5);
  await relay.saw('welcome');
  expect([hub.size, [...hub.keyIds()]]).toEqual([1, ['relay-key']]);
  hub.drain();
  expect(await relay.saw('goodbye')).toEqual({ reason: 'draining' });
  expect(await connect(5).saw('refused')).toEqual({ status: 503, code: 'server.draining' });
});

it('cuts off a relay that does not read, before it costs more memory than it may', async () => {
  const { connect, publish, hub } = await aHub({ maxBacklogBytes: 1_000_000 });
  const relay = connect(5);
  await relay.saw('welcome');
  // What the socket of the client's engine reads from, as a process that hangs would leave it.
  const wire: unknown = Reflect.get(Reflect.get(relay.socket.io.engine.transport, 'ws'), '_socket');
  if (!(wire instanceof NetSocket)) throw new Error('no socket');
  wire.pause();
  for (let version = 6; hub.size > 0 && version < 5_000; version++) {
    publish(version, 'x'.repeat(50_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(hub.size).toBe(0);
  wire.resume();
  expect(await relay.saw('goodbye')).toEqual({ reason: 'slow' });
});

it('refuses who is refused, who says nothing of use, and everyone while it cannot find out', async () => {
  const refusing = await aHub({ admit: async () => ({ status: 403, code: 'auth.wrong_kind' }) });
  expect(await refusing.connect(5).saw('refused')).toEqual({ status: 403, code: 'auth.wrong_kind' });
  expect(await refusing.connect(-1).saw('refused')).toEqual({ status: 400, code: 'handshake.invalid' });
  const broken = await aHub({ admit: () => Promise.reject(new Error('no database')) });
  expect(await broken.connect(5).saw('refused')).toEqual({ status: 503, code: 'server.unavailable' });
});

it('hears a relay that came back by its new connection alone', async () => {
  const left: string[] = [];
  const { hub, connect } = await aHub({ onDisconnected: ({ instance }, reason) => left.push(`${instance} ${reason}`) });
  const [former, other] = [connect(5, 'same'), connect(5, 'other')];
  await Promise.all([former.saw('welcome'), other.saw('welcome')]);
  await connect(5, 'same').saw('welcome');
  expect(hub.relays('env').map(({ instance }) => instance)).toEqual(['other', 'same']);
  expect(left).toEqual(['same moved']);
});
