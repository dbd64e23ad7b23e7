import { type Handshake, SDK_NAMESPACE } from '@ballast/protocol';
import { io } from 'socket.io-client';
import type { Socket, SocketEvents } from '../core/transport.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** One attempt to connect with the official client, by websocket only; it does not keep the process alive. */
export function openSocket(url: string, auth: Handshake, events: SocketEvents): Socket {
  const { origin, pathname } = new URL(url);
  const socket = io(`${origin}${SDK_NAMESPACE}`, {
    path: `${pathname.replace(/\/$/, '')}/socket.io`,
    auth: { ...auth },
    transports: ['websocket'],
    timeout: CONNECT_TIMEOUT_MS,
    reconnection: false,
    forceNew: true,
    autoUnref: true,
  });
  const close = (): void => {
    socket.off();
    socket.offAny();
    socket.disconnect();
  };
  const end = (because: 'silent' | number): void => {
    close();
    events.disconnected(because);
  };
  socket.on('connect', () => events.connected());
  socket.onAny((event: string, payload: unknown) => events.message(event, payload));
  socket.on('disconnect', (reason) => end(reason === 'ping timeout' ? 'silent' : 0));
  socket.on('connect_error', (error) => end(statusOf(error)));
  return { send: (event, payload) => void socket.emit(event, payload), close };
}

/** The status that the server gave with its refusal; 0 when the socket could not be made at all. */
function statusOf(error: object): number {
  const data = 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'status' in data && typeof data.status === 'number' ? data.status : 0;
}
