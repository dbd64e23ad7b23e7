import { DAY, HOUR, MINUTE } from '@ballast/slo';
import { expect, it } from 'vitest';
import { dueOf, pastHours } from './telemetry-spans.js';

const until = Date.UTC(2026, 10, 23, 12, 40);

it('compares with the days that a flag has lived through, each by three neighbouring hours', () => {
  const days = (livedMs: number) => [...new Set(pastHours(10 * MINUTE, until, until - livedMs).map(({ day }) => day))];
  expect([DAY, 2 * DAY + 3 * HOUR, 8 * DAY + 3 * HOUR, 16 * DAY].map(days)).toEqual([[], [1], [1, 7], [1, 7, 14]]);
  expect(
    pastHours(10 * MINUTE, until, until - 3 * DAY).map(({ from, to }) => [new Date(from).toISOString().slice(8, 16), (to - from) / HOUR]),
  ).toEqual([
    ['22T10:00', 1],
    ['22T11:00', 1],
    ['22T12:00', 1],
  ]);
  expect(pastHours(6 * HOUR, until, until - 3 * DAY).map(({ from, to }) => (to - from) / HOUR)).toEqual([6, 6, 6]);
});

it('what is due is the lower middle of days, each by its least hour', () => {
  const hours = (day: number, ...amounts: number[]) => amounts.map((amount) => ({ hours: { day, from: 0, to: HOUR }, amount }));
  expect(dueOf(10 * MINUTE, [...hours(1, 60, 90, 90), ...hours(7, 120, 180, 600), ...hours(14, 0, 900, 900)], 6_000)).toBe(10);
  expect(dueOf(HOUR, hours(1, 60, 90, 30), 6_000)).toBe(30);
});

it('without a past, what is due is a quarter of what the hour before says', () => {
  expect(dueOf(10 * MINUTE, [], 240)).toBe(10);
});
