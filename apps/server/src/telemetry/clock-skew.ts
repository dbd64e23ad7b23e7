import { forgetEldest } from './forget-eldest.js';

const REMEMBERED_BATCHES = 8;
const MAX_INSTANCES = 20_000;
const TOLERATED_MS = 5_000;
const MAX_OFFSET_MS = 86_400_000;
const MAX_AHEAD_MS = 60_000;

/** Length of a slot in milliseconds. */
export const SLOT = 10_000;

/** What whoever has a public key tells later than this is told in longer stretches. */
const LATE_MS = 3_600_000;
/** A whole number of slots. */
const LATE_STRETCH_MS = 900_000;

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

/**
 * Where a slot of whoever has a public key is counted: as it is for an hour, then at the start of its quarter of an hour. So one series makes some
 * 550 rows of the slots of two days at most, wherever they are said to lie, and not 17 280.
 */
export function lateSlot(slot: number, now: number): number {
  return slot < now - LATE_MS ? slot - (slot % LATE_STRETCH_MS) : slot;
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
