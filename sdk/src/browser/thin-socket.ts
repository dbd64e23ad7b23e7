import { type Handshake, SDK_NAMESPACE } from '@ballast/protocol';
import { attempt, membersOf, parseJson } from '../core/json.js';
import { TIMEOUT_MS } from '../core/limits.js';
import type { Cancel, Platform, Socket, SocketEvents } from '../core/transport.js';

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

interface Line extends ThinSocketParts {
  readonly auth: Handshake;
  readonly events: SocketEvents;
  wire?: WebSocketLike | undefined;
  /** How long to wait for a sign of life. */
  patienceMs: number;
  isUp?: boolean;
  /** Stops waiting. */
  stop: Cancel;
}

/**
 * Speaks to a socket.io server over one websocket: Engine.IO protocol 4 and Socket.IO protocol 5, text frames, one namespace, no
 * acknowledgements. https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
 */
export function thinSocket(parts: ThinSocketParts, url: string, auth: Handshake, events: SocketEvents): Socket {
  const line: Line = { ...parts, auth, events, patienceMs: TIMEOUT_MS, stop: () => {} };
  attempt(
    () => {
      const wire = line.open(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      wire.onmessage = ({ data }: { readonly data: unknown }) => received(line, String(data));
      wire.onerror = wire.onclose = () => end(line, 0);
      line.wire = wire;
    },
    () => {
      line.patienceMs = 0;
    },
  );
  watch(line);
  return {
    send: (event, payload) => {
      if (line.isUp) say(line, 42, [event, payload]);
    },
    close: () => close(line),
  };
}

/** Waits for the next sign of life: the server pings, and two missed pings are silence. */
function watch(line: Line): void {
  line.stop();
  line.stop = line.after(line.patienceMs, () => end(line, line.isUp ? 'silent' : 0));
}

function say({ wire }: Line, type: number, content: object): void {
  wire?.send(`${type}${SDK_NAMESPACE},${JSON.stringify(content)}`);
}

function close(line: Line): void {
  const { wire } = line;
  line.wire = undefined;
  line.stop();
  if (!wire) return;
  wire.onmessage = wire.onclose = null;
  wire.onerror = () => {};
  wire.close();
}

function end(line: Line, because: 'silent' | number): void {
  close(line);
  line.events.disconnected(because);
}

function received(line: Line, packet: string): void {
  const content = membersOf(parseJson(packet.slice(packet.search(/[[{]|$/))));
  const type = Number.parseInt(packet, 10);
  if (type === 0) {
    line.patienceMs = Number(content.pingInterval) + Number(content.pingTimeout);
    say(line, 40, line.auth);
  }
  if (type === 2) line.wire?.send('3');
  if (type === 40) {
    line.isUp = true;
    line.events.connected();
  }
  if (line.isUp) watch(line);
  if (type === 42) line.events.message(content[0], content[1]);
  // Closed, disconnected or refused: only a refusal has a status.
  if ([1, 41, 44].includes(type)) end(line, Number(membersOf(content.data).status) || 0);
}
