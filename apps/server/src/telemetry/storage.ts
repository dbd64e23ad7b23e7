import type { TelemetryStorage } from '@ballast/api';
import { LEVELS } from './levels.js';
import type { LevelSize } from './storage.view.js';

const HOUR_MS = 3_600_000;
/** About what a row with its index entry takes, where nothing has been measured yet. */
const ROW_BYTES = 400;

/** Sizes by resolution, finest first. */
export function toLevels(sizes: readonly LevelSize[]): TelemetryStorage['levels'] {
  return LEVELS.map(({ table, widthMs, keptMs }) => {
    const size = sizes.find((each) => each.table === table);
    return {
      table,
      stepSeconds: widthMs / 1_000,
      keptHours: keptMs / HOUR_MS,
      partitions: size?.partitions ?? 0,
      rows: size?.rows ?? 0,
      bytes: size?.bytes ?? 0,
      since: size?.since?.toISOString() ?? null,
    };
  });
}

/** What rows take by the average size of their resolution. */
export function bytesOf(
  rows: { readonly slots: number; readonly minutes: number; readonly hours: number; readonly days: number },
  sizes: readonly LevelSize[],
): number {
  const counts = [rows.slots, rows.minutes, rows.hours, rows.days];
  const bytes = LEVELS.map(({ table }, index) => {
    const size = sizes.find((each) => each.table === table);
    const count = counts[index] ?? 0;
    if (size === undefined) return count * ROW_BYTES;
    const perRow = size.rows === 0 ? ROW_BYTES : size.bytes / size.rows;
    // How many rows there are is an estimate that lags behind; a flag never takes more than there is.
    return Math.min(count * perRow, size.bytes);
  });
  return Math.round(bytes.reduce((sum, each) => sum + each, 0));
}
