import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Change, Delta, Snapshot, View } from '@ballast/protocol';
import { type Admission, type Admit, type HubOptions, SnapshotFeeds, StreamHub } from '@ballast/streaming';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { aDelta, aFlag, aSnapshot, aState, changed } from '../../protocol/test/makers.js';

/** What one test client was sent, in order, and ways to wait for it. */
export class TestClient {
  readonly messages: [event: string, content: unknown][] = [];
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.onAny((event: string, content: unknown) => this.#hear([event, content]));
    socket.on('connect', () => this.#hear(['connect', null]));
    socket.on('disconnect', () => this.#hear(['disconnect', null]));
    socket.on('connect_error', (error) => this.#hear(['refused', 'data' in error ? error.data : error.message]));
  }

  /** Settles as soon as this holds of the messages; the test's own timeout ends the waiting. */
  async until(holds: (messages: readonly [string, unknown][]) => boolean): Promise<void> {
    while (!holds(this.messages)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Settles once so many messages of this name were seen, with the last one's content. */
  async saw(event: string, times = 1): Promise<unknown> {
    await this.until((messages) => messages.filter(([name]) => name === event).length >= times);
    return this.messages.filter(([name]) => name === event)[times - 1]?.[1];
  }

  #hear(message: [string, unknown]): void {
    this.messages.push(message);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** An environment at revision 5, a hub over real sockets, and clients for it. */
export class TestHub {
  readonly feeds: SnapshotFeeds;
  readonly server = createServer();
  readonly io = new Server(this.server, { transports: ['websocket'] });
  readonly hub: StreamHub;
  readonly #clients: TestClient[] = [];
  #snapshots: Record<View, Snapshot> = {
    server: aSnapshot({ flags: [aFlag('checkout')], revision: 5 }),
    client: aSnapshot({ revision: 5 }),
  };

  private constructor(admit: Admit, options: HubOptions, refresh?: () => Promise<void>) {
    this.feeds = new SnapshotFeeds(refresh);
    for (const view of ['server', 'client'] as const) this.feeds.open('env', view, aState(this.#snapshots[view]));
    this.hub = new StreamHub(this.io.of('/sdk'), this.feeds, admit, options);
  }

  static async start(given: { admit?: Admit; options?: HubOptions; refresh?: () => Promise<void> } = {}): Promise<TestHub> {
    const hub = new TestHub(given.admit ?? (async ({ key }) => admissionOf(key)), given.options ?? {}, given.refresh);
    await new Promise<void>((resolve) => hub.server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Publishes the next revision of the server view; the client view moves along and sees nothing. */
  publish(...changes: readonly Change[]): Delta {
    const delta = aDelta(this.#snapshots.server, changes);
    this.feeds.publish('env', 'client', aDelta(this.#snapshots.client, []));
    this.feeds.publish('env', 'server', delta);
    this.#snapshots = { server: changed(this.#snapshots.server, changes), client: changed(this.#snapshots.client, []) };
    return delta;
  }

  /** Connects; `auth` overrides what a well-behaved server-side client would send. */
  connect(auth: object = {}): TestClient {
    const client = new TestClient(
      io(`http://127.0.0.1:${this.port}/sdk`, {
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
        auth: { key: 'server-key', instance: 'i1', sdk: 'test/1', since: 5, ...auth },
      }),
    );
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#clients) socket.disconnect();
    await this.io.close();
  }
}

/** Keys of the tests name their view; whatever ends in `revoked` is refused. */
export function admissionOf(key: string): Admission | { status: 401; code: string } {
  if (key.endsWith('revoked')) return { status: 401, code: 'auth.invalid' };
  return { environmentId: 'env', view: key.startsWith('client') ? 'client' : 'server', keyId: key };
}

/** A change of the flag `checkout`, as large as wanted. */
export function aChange(version: number, note = ''): Change {
  return { kind: 'flag', key: 'checkout', value: aFlag('checkout', { version, metadata: { note } }) };
}
