import { forgetEldest } from './forget-eldest.js';

const REMEMBERED_BATCHES = 8;
const MAX_INSTANCES = 20_000;
const TOLERATED_MS = 5_000;
const MAX_OFFSET_MS = 86_400_000;
const MAX_AHEAD_MS = 60_000;

/** Length of a slot in milliseconds. */
export const SLOT = 10_000;

/** Start of the slot a moment lies in. */
export function slotOf(at: number): number {
  return at - (at % SLOT);
}

/** Where the counts of a client's slot belong on the server's clock; `isSkewed` when the client's clock could not be used. */
export interface Placement {
  readonly slot: number;
  readonly isSkewed: boolean;
}

/** Corrects the start of a client's slot by the offset of its clock; beyond a day, or ahead of now, the moment of receipt stands in. */
export function placeSlot(t0: number, offset: number, now: number): Placement {
  const corrected = Math.abs(offset) > TOLERATED_MS ? t0 + offset : t0;
  const isSkewed = Math.abs(offset) > MAX_OFFSET_MS || corrected > now + MAX_AHEAD_MS;
  return { slot: slotOf(isSkewed ? now : corrected), isSkewed };
}

/** Remembers per instance how far its clock is behind: the least of its last batches, since delay only ever adds. */
export class ClockSkew {
  readonly #seen = new Map<string, number[]>();

  /** Takes in when a batch was sent and received; answers the offset that all its rows share. */
  observe(instance: string, sentAt: number, receivedAt: number): number {
    const known = this.#seen.get(instance) ?? [];
    known.push(receivedAt - sentAt);
    if (known.length > REMEMBERED_BATCHES) known.shift();
    this.#seen.delete(instance);
    this.#seen.set(instance, known);
    forgetEldest(this.#seen, MAX_INSTANCES);
    return Math.min(...known);
  }
}
