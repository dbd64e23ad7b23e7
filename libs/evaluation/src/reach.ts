import type { FlagSet } from './prepared.js';

/** How deep conditions, segments and prerequisites may nest. */
export const MAX_DEPTH = 32;

/** How many segments or flags one question may lead to, counting each as often as it is named. */
export const MAX_REACHED = 1000;

/** One list for all that name nothing: looking at it costs no memory access of its own. */
export const NONE: readonly string[] = [];

/** What a key names in its turn; null or undefined when it cannot be used. */
export type Below = (key: string) => readonly string[] | null | undefined;

/** Whether everything reached from `keys` can be used, within the limits of depth and number; a cycle has no depth. */
export function canReach(keys: readonly string[], below: Below, left = { count: MAX_REACHED }, depth = 1): boolean {
  return keys.every((key) => {
    const next = below(key);
    return next && left.count-- > 0 && depth <= MAX_DEPTH && canReach(next, below, left, depth + 1);
  });
}

/** Whether every segment that is reached exists, is known whole and lies within the limits. */
export function areUsable(segments: readonly string[], set: FlagSet): boolean {
  return segments === NONE || canReach(segments, (key) => set.segments.get(key)?.when?.needs);
}
