import { DAY, HOUR, MINUTE } from './durations.js';
import type { Span } from './period.js';

/** The sizes of the rows that outcomes are summed in. */
export type Level = 'minute' | 'hour' | 'day';

/** Rows of one level, from the first to before the last; both ends lie on that level's edges, in UTC. */
export interface Piece extends Span {
  readonly level: Level;
}

/** How long rows of the finer levels are kept; days are kept longest. */
export interface Retention {
  readonly minuteMs: number;
  readonly hourMs: number;
}

const down = (at: number, size: number) => Math.floor(at / size) * size;
const up = (at: number, size: number) => Math.ceil(at / size) * size;

/** The end of the last minute whose rows no longer wait for late batches: evaluations end here, so that they can be repeated. */
export function closedUntil(now: number, latenessMs: number): number {
  return down(now - latenessMs, MINUTE);
}

/**
 * The same span with its start moved back to an edge that still has rows: minutes and hours that are no longer kept are seen
 * as part of the hour or day that they were in.
 */
export function onKeptEdge(span: Span, now: number, kept: Retention): Span {
  if (span.from < now - kept.hourMs) return { from: down(span.from, DAY), to: span.to };
  return { from: down(span.from, span.from < now - kept.minuteMs ? HOUR : MINUTE), to: span.to };
}

/**
 * The fewest pieces that cover a span exactly: whole days inside, whole hours around them, minutes at the ends. Both ends of the
 * span must lie on minutes.
 */
export function cover({ from, to }: Span): readonly Piece[] {
  const pieces: Piece[] = [];
  const inner = (start: number, end: number, size: number): Span => ({ from: up(start, size), to: down(end, size) });
  const add = (level: Level, start: number, end: number) => {
    if (start < end) pieces.push({ level, from: start, to: end });
  };
  const hours = inner(from, to, HOUR);
  if (hours.from >= hours.to) {
    add('minute', from, to);
    return pieces;
  }
  const days = inner(hours.from, hours.to, DAY);
  add('minute', from, hours.from);
  if (days.from < days.to) {
    add('hour', hours.from, days.from);
    add('day', days.from, days.to);
    add('hour', days.to, hours.to);
  } else add('hour', hours.from, hours.to);
  add('minute', hours.to, to);
  return pieces;
}
