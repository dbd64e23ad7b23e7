import { type Delta, mergeDeltas, type Reset } from '@ballast/protocol';
import { roomOf } from './link.js';
import type { News } from './snapshot-source.js';

/** What a room is told. */
export type Tidings =
  | { readonly kind: 'delta'; readonly message: Delta }
  | { readonly kind: 'reset'; readonly message: Reset }
  | { readonly kind: 'stale'; readonly message: object };

/** Makes one delta of all that come in one turn of the event loop; none waits longer than that. */
export class Bursts {
  readonly #waiting = new Map<string, Delta[]>();
  readonly #tell: (room: string, tidings: Tidings) => void;

  constructor(tell: (room: string, tidings: Tidings) => void) {
    this.#tell = tell;
  }

  /** Takes news in. Only deltas wait; a reset leaves nothing to say of those before it. */
  add(news: News): void {
    const room = roomOf(news);
    if (news.kind === 'delta') this.#keep(room, news.delta);
    else if (news.kind === 'stale') this.#tell(room, { kind: 'stale', message: {} });
    else {
      this.#waiting.delete(room);
      const { revision, checksum } = news;
      this.#tell(room, { kind: 'reset', message: { revision, checksum } });
    }
  }

  /** Tells what is waiting now. */
  flush(room: string): void {
    const merged = mergeDeltas(this.#waiting.get(room) ?? []);
    this.#waiting.delete(room);
    if (merged !== undefined) this.#tell(room, { kind: 'delta', message: merged });
  }

  #keep(room: string, delta: Delta): void {
    const waiting = this.#waiting.get(room);
    if (waiting !== undefined) {
      waiting.push(delta);
      return;
    }
    this.#waiting.set(room, [delta]);
    queueMicrotask(() => this.flush(room));
  }
}
