import type { Server as HttpServer } from 'node:http';
import { type Ask, SDK_NAMESPACE, type Tally } from '@ballast/protocol';
import { isAllowedOrigin, RELAY_NAMESPACE, RelayHub, StreamHub } from '@ballast/streaming';
import { Server } from 'socket.io';
import { Admissions } from './admissions.js';
import type { KeyLookup } from './key-lookup.js';
import type { KeyRing } from './key-ring.js';
import type { UpstreamSource } from './upstream-source.js';

/** Bytes of the largest message that anybody downstream has a reason to send. */
const MAX_MESSAGE_BYTES = 65_536;

/** What the streams hand on, to whom, and from which pages. */
export interface StreamsOptions {
  readonly source: UpstreamSource;
  readonly ring: KeyRing;
  readonly keys: KeyLookup;
  readonly allowedOrigins: readonly string[];
  readonly now: () => number;
}

/** The sockets downstream: SDKs through the same hub as on a server, and relays further down. */
export class Streams {
  readonly sdks: StreamHub;
  readonly relays: RelayHub;
  readonly #io: Server;

  constructor(server: HttpServer, { source, ring, keys, allowedOrigins, now }: StreamsOptions) {
    this.#io = new Server(server, {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      connectTimeout: 10_000,
      allowRequest: ({ headers }, answer) => {
        const isAllowed = isAllowedOrigin(headers.origin, headers.host, allowedOrigins);
        answer(isAllowed ? null : 'origin not allowed', isAllowed);
      },
    });
    // socket.io opens this namespace by itself, and nobody there asks for a key.
    this.#io.of('/').use((_socket, next) => next(new Error('there is nothing here')));
    const { admit, admitRelay } = new Admissions(keys, source);
    this.sdks = new StreamHub(this.#io.of(SDK_NAMESPACE), source.feeds, admit, { now });
    const { census } = this.sdks;
    this.relays = new RelayHub(this.#io.of(RELAY_NAMESPACE), {
      source: source.feeds,
      keys: ring,
      admit: admitRelay,
      onConnected: (relay) => census.relayEntered(relay),
      onDisconnected: (relay, reason) => census.relayLeft(relay, reason),
      onAnswer: (relay, answer) => census.questions.answered(relay, answer),
    });
    census.questions.askAlso(this.relays);
  }

  /** Answers a question of upstream for everyone downstream, now and whenever the answer changes. */
  ask(environmentId: string, ask: Ask, tell: (tally: Tally) => void): void {
    this.sdks.census.ask(environmentId, ask, tell);
  }

  /** Sends away whoever came with one of these keys. */
  disconnect(keyIds: readonly string[]): void {
    for (const keyId of keyIds) {
      this.sdks.disconnectKey(keyId);
      this.relays.disconnectKey(keyId);
    }
  }

  /** Sends away whoever has no key that opens anything any more. */
  disconnectEnded(ended: readonly string[]): void {
    const held = new Set([...this.sdks.keyIds(), ...this.relays.keyIds()]);
    this.disconnect(ended.filter((id) => held.has(id)));
  }

  /** Hands everyone over to other relays. */
  async drain(): Promise<void> {
    this.relays.drain();
    await this.sdks.drain();
  }

  /** Closes what is still connected. */
  close(): void {
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }
}
