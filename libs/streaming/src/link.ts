import type { GoodbyeReason, Handshake } from '@ballast/protocol';
import type { Socket } from 'socket.io';
import type { Admission } from './admission.js';

const GRACE_MS = 2000;

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

  /** Counts bytes handed to the socket and tells how many lie between it and a client that does not read. */
  owe(bytes: number): number {
    const { writableLength } = this.socket.request.socket;
    this.#backlog = writableLength === 0 ? 0 : this.#backlog + bytes;
    return this.#backlog;
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
