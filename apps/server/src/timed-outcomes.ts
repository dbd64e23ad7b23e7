/** Longer than any threshold, in milliseconds. */
const BEYOND = 2 ** 22;

/** Beside a threshold: how many outcomes without an error were held up against it, those that were not slow among them. */
export function placeOfTimed(thresholdMs: number): number {
  return -thresholdMs;
}

/** Beside a threshold: how many failures there were of those who measured it. */
export function placeOfTimedErrors(thresholdMs: number): number {
  return -thresholdMs - BEYOND;
}

/** The threshold that a place belongs to, and what it counts. */
export function thresholdOf(place: number): { readonly ms: number; readonly of: 'slow' | 'ok' | 'err' } {
  if (place > 0) return { ms: place, of: 'slow' };
  return place > -BEYOND ? { ms: -place, of: 'ok' } : { ms: -place - BEYOND, of: 'err' };
}
