// All in one place, which imports nothing: bundlers write such constants where they are used.

export const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;
/** Timers of every platform last 2^31 ms at most. */
export const LONGEST_TIMER_MS = 2_000_000_000;

export const READY_TIMEOUT_MS = 5_000;
export const CLOSE_TIMEOUT_MS = 2_000;
/** Of one request, and of one attempt to connect. */
export const TIMEOUT_MS = 10_000;

export const DEFAULT_POLL_MS = 30_000;
export const SHORTEST_POLL_MS = 1_000;
/** A poll may come a quarter later than the interval says. */
export const LONGEST_POLL_MS = 1_000_000_000;

export const RECEIPT_PAUSE_MS = 100;
export const SAVE_DELAY_MS = 1_000;

/** Counts are sent this long after the end of their slot at most, so that clients do not send in step. */
export const SPREAD_MS = 5_000;
export const LONGEST_REPORT_DELAY_MS = 60_000;

export const MAX_ROWS = 10_000;
export const MAX_UNKNOWN_KEYS = 100;
export const MAX_KEY_LENGTH = 255;
export const MAX_BATCH_ROWS = 500;
/** Batches that wait for an answer, of which a page that is hidden again and again makes ever more; more than all rows that are kept make up. */
export const MAX_QUEUE = 50;
/** Requests that outlive their page carry 64 KiB at most. */
export const MAX_BATCH_BYTES = 64_000;
/** Shorter bodies fit into a packet or two as they are. */
export const WORTH_COMPRESSING = 1_400;
