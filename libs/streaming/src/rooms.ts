import { type Link, roomOf } from './link.js';

/** The clients by what they see. */
export class Rooms {
  readonly #rooms = new Map<string, Set<Link>>();

  /** Everyone in a room. */
  in(room: string): Iterable<Link> {
    return this.#rooms.get(room) ?? [];
  }

  enter(link: Link): void {
    const room = roomOf(link.admission);
    this.#rooms.set(room, (this.#rooms.get(room) ?? new Set()).add(link));
  }

  leave(link: Link): void {
    const room = roomOf(link.admission);
    const links = this.#rooms.get(room);
    links?.delete(link);
    if (links?.size === 0) this.#rooms.delete(room);
  }
}
