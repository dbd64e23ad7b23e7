import type { Socket as Wire } from 'node:net';
import type { GoodbyeReason, Handshake } from '@ballast/protocol';
import type { Socket } from 'socket.io';
import type { Admission } from './admission.js';
import { Backlog } from './backlog.js';
import type { Parcel } from './parcel.js';

const GRACE_MS = 2000;
/** What a client says of itself, without its key. */
export type Greeting = Omit<Handshake, 'key'>;

/** What is remembered of a handshake. */
export function greetingOf({ instance, sdk, since, checksum }: Handshake): Greeting {
  return { instance, sdk, ...(since !== undefined && { since }), ...(checksum !== undefined && { checksum }) };
}

/** Names the room of everyone who sees the same. */
export function roomOf({ environmentId, view }: Pick<Admission, 'environmentId' | 'view'>): string {
  return `${view}:${environmentId}`;
}

/** One admitted client. */
export class Link {
  readonly socket: Socket;
  readonly handshake: Greeting;
  readonly admission: Admission;
  /** The revision that was the newest when it came in. */
  readonly entered: number;
  readonly #wire: Wire;
  readonly #backlog: Backlog;
  #dismissed: GoodbyeReason | undefined;

  constructor(socket: Socket, handshake: Greeting, admission: Admission, entered: number) {
    this.socket = socket;
    this.handshake = handshake;
    this.admission = admission;
    this.entered = entered;
    this.#wire = socket.request.socket;
    this.#backlog = new Backlog(this.#wire);
    forgetRequest(socket);
  }

  /** Why it was dismissed; undefined when it was not. */
  get dismissed(): GoodbyeReason | undefined {
    return this.#dismissed;
  }

  /** Hands over a message that was packed for many. */
  send({ text, options }: Parcel): void {
    if (this.socket.connected) this.socket.conn.write(text, options);
  }

  /** Counts a message that the socket is about to be handed, and tells how many bytes of those before may still lie between it and the client. */
  owe(parcel: Parcel): number {
    return this.#backlog.owe(parcel);
  }

  /** Says why, once, and closes; a client that does not read is cut off after a moment. */
  dismiss(reason: GoodbyeReason): void {
    if (this.#dismissed !== undefined) return;
    this.#dismissed = reason;
    this.socket.emit('goodbye', { reason });
    this.socket.disconnect(true);
    const wire = this.#wire;
    const cut = setTimeout(() => wire.destroy(), GRACE_MS);
    cut.unref();
    wire.once('close', () => clearTimeout(cut));
  }
}

/** Lets go of the request and the handshake, which socket.io would keep for as long as the client is there: half of its memory, and its key. */
function forgetRequest(socket: Socket): void {
  Object.assign(socket.conn, { request: undefined });
  Object.assign(socket.handshake, { headers: {}, auth: {}, query: {} });
}
