const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** One resolution in which counters are kept: how long its slots are, and for how long they stay. */
export interface CounterLevel {
  /** What the world knows it by. */
  readonly table: 'counter' | 'counter_minute' | 'counter_hour' | 'counter_day';
  readonly rollup: 'rollup' | 'rollup_minute' | 'rollup_hour' | 'rollup_day';
  readonly widthMs: number;
  readonly keptMs: number;
}

/** Claims and slots outlive what batches may still count for by two hours, so that a batch at the edge is counted once, also by a server whose clock is off. */
export const SLOTS_KEPT_MS = 50 * HOUR;

/** All resolutions, finest first. */
export const LEVELS: readonly CounterLevel[] = [
  { table: 'counter', rollup: 'rollup', widthMs: 10 * SECOND, keptMs: SLOTS_KEPT_MS },
  { table: 'counter_minute', rollup: 'rollup_minute', widthMs: 60 * SECOND, keptMs: 14 * DAY },
  { table: 'counter_hour', rollup: 'rollup_hour', widthMs: HOUR, keptMs: 400 * DAY },
  { table: 'counter_day', rollup: 'rollup_day', widthMs: DAY, keptMs: 5 * 366 * DAY },
];

/** A series outlives its last row by a week: whoever has its number looks it up anew each hour. */
export const SERIES_KEPT_MS = Math.max(...LEVELS.map(({ keptMs }) => keptMs)) + 366 * DAY + 7 * DAY;
