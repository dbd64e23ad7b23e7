import type { Random } from './session-model.js';

/** How long a stream must last before the next one is opened without the waits of those that failed. */
export const STEADY_MS = 10_000;

const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

/** Full jitter: anything between nothing and a bound that doubles with every failure, up to a quarter of a minute, so that everybody is back within half of one however long the server was away. */
export function backoff(failures: number, random: Random): number {
  return Math.floor(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** failures));
}

/** About this long, spread by a quarter to either side so that clients do not ask in step. */
export function about(ms: number, random: Random): number {
  return Math.floor(ms * (0.75 + random() / 2));
}
