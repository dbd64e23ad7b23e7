import { expect, it } from 'vitest';
import { bytesOf, toLevels } from './storage.js';

const since = new Date('2026-11-20T00:00:00Z');
const sizes = [
  { table: 'counter_hour', partitions: 2, rows: 10, bytes: 5_000, since },
  { table: 'counter', partitions: 4, rows: 0, bytes: 32_768, since },
];

it('lists every resolution, finest first, also those that hold nothing', () => {
  expect(toLevels(sizes)).toEqual([
    { table: 'counter', stepSeconds: 10, keptHours: 50, partitions: 4, rows: 0, bytes: 32_768, since: since.toISOString() },
    { table: 'counter_minute', stepSeconds: 60, keptHours: 336, partitions: 0, rows: 0, bytes: 0, since: null },
    { table: 'counter_hour', stepSeconds: 3_600, keptHours: 9_600, partitions: 2, rows: 10, bytes: 5_000, since: since.toISOString() },
    { table: 'counter_day', stepSeconds: 86_400, keptHours: 43_920, partitions: 0, rows: 0, bytes: 0, since: null },
  ]);
});

it('finds no flag larger than what all of them take, however old the estimate of rows is', () => {
  expect(bytesOf({ slots: 10_000, minutes: 0, hours: 10_000, days: 0 }, sizes)).toBe(32_768 + 5_000);
});

it("estimates a flag's share by the size of rows where that is known", () => {
  expect(bytesOf({ slots: 0, minutes: 0, hours: 3, days: 0 }, sizes)).toBe(1_500);
  expect(bytesOf({ slots: 1, minutes: 2, hours: 0, days: 0 }, sizes)).toBe(1_200);
});
