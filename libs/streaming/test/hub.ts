import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Change, Delta, Reset, Snapshot, View } from '@ballast/protocol';
import { type Admission, type Admit, type HubOptions, SnapshotFeeds, StreamHub } from '@ballast/streaming';
import { Server } from 'socket.io';
import { aDelta, aFlag, aSnapshot, aState, changed } from '../../protocol/test/makers.js';
import { TestClient } from './client.js';

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

  /** Where the server view stands, as a reset tells it. */
  get head(): Reset {
    const { revision, checksum } = this.feeds.state('env', 'server') ?? { revision: -1, checksum: -1 };
    return { revision, checksum };
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
    const client = new TestClient(`http://127.0.0.1:${this.port}`, { key: 'server-key', instance: 'i1', sdk: 'test/1', since: 5, ...auth });
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
