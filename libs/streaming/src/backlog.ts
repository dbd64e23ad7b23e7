import type { Socket as Wire } from 'node:net';
import type { Parcel } from './parcel.js';

/** What of a connection tells how far it is. */
export type Flow = Pick<Wire, 'writableLength' | 'bytesWritten'>;

/** Counts what one client was sent and may not have taken yet. */
export class Backlog {
  readonly #wire: Flow;
  /** Of messages that may still be on their way: what they take in memory, and on the wire. */
  #memory = 0;
  #frames = 0;
  /** Bytes that the wire had passed on when this was last asked. */
  #passed = 0;

  constructor(wire: Flow) {
    this.#wire = wire;
  }

  /** Counts a message that the wire is about to be handed, and tells how much memory those before may still take. */
  owe({ bytes, frameBytes }: Pick<Parcel, 'bytes' | 'frameBytes'>): number {
    const owed = this.#settle();
    this.#memory = owed + bytes;
    this.#frames += frameBytes;
    return owed;
  }

  /** A wire that is never seen empty passes bytes on all the same: what it has passed on is owed no longer. */
  #settle(): number {
    const { writableLength, bytesWritten } = this.#wire;
    const passed = bytesWritten - writableLength;
    const taken = passed - this.#passed;
    this.#passed = passed;
    const isEmpty = writableLength === 0 || taken >= this.#frames;
    const left = isEmpty ? 0 : 1 - taken / this.#frames;
    this.#frames *= left;
    return this.#memory * left;
  }
}
