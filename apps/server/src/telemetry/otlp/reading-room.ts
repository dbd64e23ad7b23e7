import { refuse } from '../../errors.js';

const MIB = 1_048_576;
/** Bytes of requests that may be there at once: of all, of one sender, and what everyone may have when others fill the rest. */
const ROOM = { all: 64 * MIB, each: 32 * MIB, always: 4 * MIB };
/** What a request takes at least. */
const LEAST = 1_024;
const RETRY_AFTER_SECONDS = 5;

/** Bounds what requests take up while they are read and counted, and reads one after the other: what is read is larger than what came. */
export class ReadingRoom {
  readonly #held = new Map<string, number>();
  #all = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Keeps room for the bytes of a sender's request until the work on it is done; refuses when there is none. */
  async hold<Result>(sender: string, bytes: number, work: () => Promise<Result>): Promise<Result> {
    const own = this.#held.get(sender) ?? 0;
    const isFull = own >= ROOM.each || (this.#all >= ROOM.all && own >= ROOM.always);
    if (isFull) refuse('telemetry.busy', { retryAfter: RETRY_AFTER_SECONDS });
    const weight = Math.max(LEAST, bytes);
    this.#change(sender, weight);
    try {
      return await work();
    } finally {
      this.#change(sender, -weight);
    }
  }

  /** Reads when all that came before has been read. */
  inTurn<Result>(read: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(read);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #change(sender: string, bytes: number): void {
    this.#all += bytes;
    const own = (this.#held.get(sender) ?? 0) + bytes;
    if (own > 0) this.#held.set(sender, own);
    else this.#held.delete(sender);
  }
}
