import { type Handshake, SDK_NAMESPACE } from '@ballast/protocol';
import { membersOf, parseJson } from '../core/json.js';
import type { Cancel, Platform, Socket, SocketEvents } from '../core/transport.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** The parts of a `WebSocket` that are used. */
export interface WebSocketLike {
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** What the socket needs from the page. */
export interface ThinSocketParts {
  readonly open: (url: string) => WebSocketLike;
  readonly after: Platform['after'];
}

/**
 * Speaks to a socket.io server over one websocket: Engine.IO protocol 4 and Socket.IO protocol 5, text frames, one namespace, no
 * acknowledgements. https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
 */
export class ThinSocket implements Socket {
  readonly #after: Platform['after'];
  readonly #auth: Handshake;
  readonly #events: SocketEvents;
  #wire: WebSocketLike | null = null;
  #watch: Cancel = () => {};
  #patienceMs = CONNECT_TIMEOUT_MS;
  #isUp = false;

  constructor(parts: ThinSocketParts, url: string, auth: Handshake, events: SocketEvents) {
    this.#after = parts.after;
    this.#auth = auth;
    this.#events = events;
    this.#listen();
    try {
      this.#wire = parts.open(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      this.#wire.onmessage = ({ data }: { readonly data: unknown }) => this.#packet(String(data));
      this.#wire.onerror = this.#wire.onclose = () => this.#end(0);
    } catch {
      this.#patienceMs = 0;
      this.#listen();
    }
  }

  send(event: string, payload: object): void {
    if (this.#isUp) this.#wire?.send(`42${SDK_NAMESPACE},${JSON.stringify([event, payload])}`);
  }

  close(): void {
    const wire = this.#wire;
    this.#wire = null;
    this.#watch();
    if (!wire) return;
    wire.onmessage = wire.onclose = null;
    wire.onerror = () => {};
    wire.close();
  }

  /** Waits for the next sign of life: the server pings, and two missed pings are silence. */
  #listen(): void {
    this.#watch();
    this.#watch = this.#after(this.#patienceMs, () => this.#end(this.#isUp ? 'silent' : 0));
  }

  #end(because: 'silent' | number): void {
    this.close();
    this.#events.disconnected(because);
  }

  #packet(packet: string): void {
    const start = packet.search(/[[{]|$/);
    this.#received(packet.slice(0, start), parseJson(packet.slice(start)));
  }

  #received(head: string, payload: unknown): void {
    if (head === '0') this.#opened(membersOf(payload));
    else if (head === '2') this.#pinged();
    else if (head.startsWith(`42${SDK_NAMESPACE},`) && Array.isArray(payload)) this.#events.message(String(payload[0]), payload[1]);
    else if (head === `40${SDK_NAMESPACE},`) this.#connected();
    else if (head === `44${SDK_NAMESPACE},`) this.#end(Number(membersOf(membersOf(payload).data).status) || 0);
    else if (head === '1' || head.startsWith('41')) this.#end(0);
  }

  #opened({ pingInterval, pingTimeout }: { readonly [name: string]: unknown }): void {
    this.#patienceMs = Number(pingInterval) + Number(pingTimeout);
    this.#wire?.send(`40${SDK_NAMESPACE},${JSON.stringify(this.#auth)}`);
  }

  #connected(): void {
    this.#isUp = true;
    this.#listen();
    this.#events.connected();
  }

  #pinged(): void {
    this.#wire?.send('3');
    if (this.#isUp) this.#listen();
  }
}
