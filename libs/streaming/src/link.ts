import type { GoodbyeReason, Handshake } from '@ballast/protocol';
import type { Socket } from 'socket.io';
import type { Admission } from './admission.js';

const GRACE_MS = 2000;
/** What a message costs besides its content. */
const OVERHEAD_BYTES = 256;
const sizes = new WeakMap<object, number>();

/** About how much memory a message takes on its way; many clients are sent the same one. */
export function bytesOf(message: object): number {
  const known = sizes.get(message);
  if (known !== undefined) return known;
  const bytes = OVERHEAD_BYTES + JSON.stringify(message).length;
  sizes.set(message, bytes);
  return bytes;
}

/** What is remembered of a handshake: not the key. */
export type Greeting = Omit<Handshake, 'key'>;

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
  #backlog = 0;

  constructor(socket: Socket, handshake: Greeting, admission: Admission, entered: number) {
    this.socket = socket;
    this.handshake = handshake;
    this.admission = admission;
    this.entered = entered;
  }

  /** Counts bytes that the socket is about to be handed, and tells how many of those before may still lie between it and the client. */
  owe(bytes: number): number {
    const isTaken = this.socket.request.socket.writableLength === 0;
    const owed = isTaken ? 0 : this.#backlog;
    this.#backlog = owed + bytes;
    return owed;
  }

  /** Says why, and closes; a client that does not read is cut off after a moment. */
  dismiss(reason: GoodbyeReason): void {
    const wire = this.socket.request.socket;
    this.socket.emit('goodbye', { reason });
    this.socket.disconnect(true);
    const cut = setTimeout(() => wire.destroy(), GRACE_MS);
    cut.unref();
    wire.once('close', () => clearTimeout(cut));
  }
}
