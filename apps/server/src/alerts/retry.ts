const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after each failed attempt, as Standard Webhooks recommend; after the last one the message has failed. */
const WAITS: readonly number[] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/** Part of a wait that is added at random, so that messages do not come back all at once. */
const JITTER = 0.2;
/** A receiver may ask for patience, but not for ever. */
const LONGEST_WAIT = 24 * HOUR;

/** Milliseconds until the next attempt, or null after the last one; never sooner than the receiver asked for. */
export function waitAfter(attempts: number, random: number, retryAfterMs: number | null): number | null {
  const wait = WAITS[attempts - 1];
  if (wait === undefined) return null;
  return Math.max(Math.round(wait * (1 + JITTER * random)), Math.min(retryAfterMs ?? 0, LONGEST_WAIT));
}

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; null when it says nothing. */
export function retryAfterOf(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
