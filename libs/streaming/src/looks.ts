import type { Resync } from '@ballast/protocol';
import type { Link } from './link.js';

/** What somebody holds who is to be led on, and whether it asked for that itself. */
export interface Asked {
  readonly held: Resync;
  readonly isAsked: boolean;
}

/** Answers that wait until a source has looked for news. Each client has one look at a time, and of what it asks meanwhile the last is answered. */
export class Looks {
  readonly #waiting = new WeakMap<Link, Asked>();

  /** Whether a client waits for a look already; what it asks now is answered by that. */
  takesOver(link: Link, held: Resync): boolean {
    const isWaiting = this.#waiting.has(link);
    if (isWaiting) this.#waiting.set(link, { held, isAsked: true });
    return isWaiting;
  }

  /** Goes on when the look has ended; where nobody could look the client is sent elsewhere. */
  begin(link: Link, asked: Asked, look: Promise<void>, goOn: (asked: Asked) => void): void {
    this.#waiting.set(link, asked);
    const settle = () => {
      const last = this.#waiting.get(link) ?? asked;
      this.#waiting.delete(link);
      goOn(last);
    };
    look.then(settle, () => link.dismiss('moved'));
  }
}
