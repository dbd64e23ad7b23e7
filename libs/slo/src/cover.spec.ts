import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closedUntil, cover, DAY, HOUR, MINUTE, onKeptEdge, periodAt } from './index.js';

const SIZE = { minute: MINUTE, hour: HOUR, day: DAY };
const aSpan = fc.tuple(fc.integer({ min: 0, max: 60 * 24 * 500 }), fc.integer({ min: 0, max: 60 * 24 * 90 })).map(([start, length]) => ({
  from: start * MINUTE,
  to: (start + length) * MINUTE,
}));

it('pieces follow one another from the start of a span to its end, on the edges of their level', () => {
  fc.assert(
    fc.property(aSpan, (span) => {
      let at = span.from;
      let level = '';
      for (const piece of cover(span)) {
        expect(piece.from).toBe(at);
        expect(piece.to).toBeGreaterThan(piece.from);
        expect([piece.from % SIZE[piece.level], piece.to % SIZE[piece.level]]).toEqual([0, 0]);
        expect(piece.level).not.toBe(level);
        [at, level] = [piece.to, piece.level];
      }
      expect(at).toBe(span.to);
    }),
  );
});

it('summing the pieces from three levels gives the sum of the minutes, to the unit', () => {
  const minutes = Array.from({ length: 60 * 24 * 12 }, (_, i) => (i * 7919) % 101);
  const sum = (from: number, to: number) => minutes.slice(from / MINUTE, to / MINUTE).reduce((a, b) => a + b, 0);
  const rollup = (size: number) => new Map(Array.from({ length: (12 * DAY) / size }, (_, i) => [i * size, sum(i * size, (i + 1) * size)]));
  const levels = { minute: rollup(MINUTE), hour: rollup(HOUR), day: rollup(DAY) };
  const within = fc
    .tuple(fc.nat(minutes.length), fc.nat(minutes.length))
    .map(([a, b]) => ({ from: Math.min(a, b) * MINUTE, to: Math.max(a, b) * MINUTE }));
  fc.assert(
    fc.property(within, (span) => {
      let found = 0;
      for (const { level, from, to } of cover(span))
        for (let at = from; at < to; at += SIZE[level]) found += levels[level].get(at) ?? Number.NaN;
      expect(found).toBe(sum(span.from, span.to));
    }),
    { numRuns: 200 },
  );
});

it('few rows are read: never more than 59 minutes and 23 hours at either end', () => {
  fc.assert(
    fc.property(aSpan, (span) => {
      const rows = { minute: 0, hour: 0, day: 0 };
      for (const { level, from, to } of cover(span)) rows[level] += (to - from) / SIZE[level];
      expect(rows.minute).toBeLessThanOrEqual(2 * 59);
      expect(rows.hour).toBeLessThanOrEqual(2 * 23);
    }),
  );
});

it('an evaluation ends with the last minute that late batches no longer change', () => {
  expect(closedUntil(10 * MINUTE + 29_999, 30_000)).toBe(9 * MINUTE);
  expect(closedUntil(10 * MINUTE + 30_000, 30_000)).toBe(10 * MINUTE);
});

it('a span that starts before the minutes that are kept starts with an hour, before the hours with a day', () => {
  const kept = { minuteMs: 14 * DAY, hourMs: 400 * DAY };
  const now = 1000 * DAY + 12 * HOUR + 34 * MINUTE;
  const start = (days: number) => onKeptEdge({ from: now - days * DAY, to: now }, now, kept).from;
  expect(start(13)).toBe(now - 13 * DAY);
  expect(start(30)).toBe(970 * DAY + 12 * HOUR);
  expect(start(401)).toBe(599 * DAY);
});

const utc = (text: string) => Date.parse(`${text}Z`);

it.each([
  ['rolling', { kind: 'rolling', days: 30 }, '2026-03-31T10:00', '2026-03-01T10:00', '2026-03-31T10:00'],
  ['month', { kind: 'calendar', unit: 'month', zone: 'UTC' }, '2026-02-28T23:59', '2026-02-01T00:00', '2026-03-01T00:00'],
  ['week', { kind: 'calendar', unit: 'week', zone: 'UTC' }, '2026-11-22T12:00', '2026-11-16T00:00', '2026-11-23T00:00'],
  [
    'month in New York, across the change of clocks',
    { kind: 'calendar', unit: 'month', zone: 'America/New_York' },
    '2026-03-20T00:00',
    '2026-03-01T05:00',
    '2026-04-01T04:00',
  ],
  [
    'month in Kolkata, a day ahead of UTC',
    { kind: 'calendar', unit: 'month', zone: 'Asia/Kolkata' },
    '2026-03-31T19:00',
    '2026-03-31T18:30',
    '2026-04-30T18:30',
  ],
  [
    'a week that begins when clocks are set back',
    { kind: 'calendar', unit: 'week', zone: 'Asia/Tehran' },
    '2021-03-25T00:00',
    '2021-03-21T20:30',
    '2021-03-28T19:30',
  ],
  [
    'a month without its first midnight',
    { kind: 'calendar', unit: 'month', zone: 'America/Havana' },
    '2012-04-10T00:00',
    '2012-04-01T05:00',
    '2012-05-01T04:00',
  ],
  ['December', { kind: 'calendar', unit: 'month', zone: 'Europe/Berlin' }, '2026-12-31T22:00', '2026-11-30T23:00', '2026-12-31T23:00'],
] as const)('finds the period: %s', (...row) => {
  const [, period, now, from, to] = row;
  expect(periodAt(period, utc(now))).toEqual({ from: utc(from), to: utc(to) });
});
