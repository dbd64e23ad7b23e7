import type { View } from '@ballast/protocol';
import type { Histogram } from '@ballast/slo';
import { type Addition, COUNTS as ALL } from './addition.js';
import { forgetEldest } from './forget-eldest.js';

/** More than one instance does in ten seconds, whatever it is: a process of a server, or one page. What exceeds it is forged. */
export const ROOM: Readonly<Record<View, number>> = { server: 10_000_000, client: 100_000 };
/** Times have room of their own, as milliseconds. */
const COUNTS = ALL.filter((name) => name !== 'openMs' && name !== 'watchedMs');
/** Instances that are remembered; the one that was heard longest ago is forgotten first. */
const INSTANCES = 20_000;
/** Slots that are remembered of one instance. */
const SLOTS = 64;

function capped(histogram: Histogram, most: number): Histogram {
  return new Map([...histogram].map(([index, count]) => [index, Math.min(count, most)]));
}

function largestOf(addition: Addition): number {
  let largest = addition.ok + addition.err;
  for (const name of COUNTS) largest = Math.max(largest, addition[name]);
  for (const count of addition.slow.values()) largest = Math.max(largest, count);
  for (const count of addition.hist.values()) largest = Math.max(largest, count);
  return largest;
}

function cappedCounts(addition: Addition, most: number): Addition {
  const counts = { ...addition };
  for (const name of COUNTS) counts[name] = Math.min(addition[name], most);
  // Outcomes take room together, and keep the share of those that failed.
  const outcomes = addition.ok + addition.err;
  counts.ok = outcomes > most ? Math.floor((addition.ok * most) / outcomes) : addition.ok;
  counts.err = outcomes > most ? most - counts.ok : addition.err;
  return { ...counts, slow: capped(addition.slow, most), hist: capped(addition.hist, most) };
}

const NOTHING = { counts: 0, ms: 0 };

/** What an instance has counted, by slot. */
export type Used = Map<number, { readonly counts: number; readonly ms: number }>;

/** Bounds what one instance counts in one slot, over all its rows and batches. */
export class InstanceRoom {
  readonly #used = new Map<string, Used>();

  /** What an instance has counted so far. */
  of(environmentId: string, instance: string): Used {
    const name = `${environmentId} ${instance}`;
    const slots: Used = this.#used.get(name) ?? new Map();
    this.#used.delete(name);
    this.#used.set(name, slots);
    forgetEldest(this.#used, INSTANCES);
    return slots;
  }

  /** The addition, as far as there is room for it. */
  clamp(slots: Used, addition: Addition): Addition {
    const used = slots.get(addition.slot) ?? NOTHING;
    const most = ROOM[addition.series.trust];
    const room = most - used.counts;
    const roomMs = most - used.ms;
    const [openMs, watchedMs] = [Math.min(addition.openMs, roomMs), Math.min(addition.watchedMs, roomMs)];
    const wanted = Math.max(addition.exposures, addition.ok + addition.err, addition.calls, addition.retries, addition.validated);
    slots.set(addition.slot, { counts: used.counts + Math.min(wanted, room), ms: used.ms + Math.max(openMs, watchedMs) });
    forgetEldest(slots, SLOTS);
    const fits = largestOf(addition) <= room && openMs === addition.openMs && watchedMs === addition.watchedMs;
    return fits ? addition : { ...cappedCounts(addition, room), openMs, watchedMs };
  }
}
