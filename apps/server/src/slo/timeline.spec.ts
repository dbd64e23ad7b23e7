import { DAY, HOUR, MINUTE } from '@ballast/slo';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edgeAfter, edgeBefore, Timeline } from './timeline.js';

const NOW = Date.UTC(2026, 10, 22, 12, 34);

it('divides the time at every edge once, and leaves out what is not over', () => {
  const { segments } = new Timeline(NOW, [NOW - HOUR, NOW - 5 * MINUTE, NOW - HOUR, NOW + MINUTE, NOW]);
  expect(segments).toEqual([
    { from: NOW - HOUR, to: NOW - 5 * MINUTE },
    { from: NOW - 5 * MINUTE, to: NOW },
  ]);
});

it('covers each segment without gap or overlap by whole rows, whatever the edges', () => {
  const minutes = fc.array(fc.integer({ min: 1, max: 40 * 24 * 60 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(minutes, (ago) => {
      const timeline = new Timeline(
        NOW,
        ago.map((n) => NOW - n * MINUTE),
      );
      for (const [index, segment] of timeline.segments.entries()) {
        const pieces = timeline.pieces('e').filter((piece) => piece.segment === index);
        const ends = [...pieces.map(({ to }) => to)];
        expect([pieces[0]?.from, ends.at(-1)]).toEqual([segment.from, segment.to]);
        for (const [i, piece] of pieces.entries()) {
          const size = { minute: MINUTE, hour: HOUR, day: DAY }[piece.level];
          expect([piece.from % size, piece.to % size]).toEqual([0, 0]);
          if (i > 0) expect(piece.from).toBe(ends[i - 1]);
        }
      }
    }),
  );
});

it('finds the segments of a window', () => {
  const timeline = new Timeline(NOW, [NOW - DAY, NOW - HOUR, NOW - 5 * MINUTE]);
  expect(timeline.since(NOW - HOUR)).toEqual([1, 2]);
  expect(timeline.since(NOW - DAY)).toEqual([0, 1, 2]);
});

it.each([
  ['minutes', NOW - 5 * DAY, NOW - 5 * DAY, NOW - 5 * DAY],
  ['hours', NOW - 20 * DAY, NOW - 20 * DAY - 34 * MINUTE, NOW - 20 * DAY + 26 * MINUTE],
  ['days', Date.UTC(2025, 5, 1, 7), Date.UTC(2025, 5, 1), Date.UTC(2025, 5, 2)],
  ['whole days', Date.UTC(2025, 5, 1), Date.UTC(2025, 5, 1), Date.UTC(2025, 5, 1)],
])('moves an edge to where %s are kept', (_, at, before, after) => {
  expect([edgeBefore(at, NOW), edgeAfter(at, NOW)]).toEqual([before, after]);
});
