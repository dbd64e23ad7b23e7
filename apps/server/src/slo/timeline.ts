import { cover, DAY, HOUR, type Level, MINUTE, onKeptEdge, type Retention, type Span } from '@ballast/slo';

/** Rows of one level that belong to one segment of one environment. */
export interface SumPiece extends Span {
  readonly environmentId: string;
  readonly segment: number;
  readonly level: Level;
}

/** What evaluations may rely on: finer rows are kept a little longer than that. */
export const KEPT: Retention = { minuteMs: 13 * DAY, hourMs: 399 * DAY };

/**
 * The time before a moment, divided wherever something that is to be summed begins or ends. What lies between two edges is summed
 * once, whatever number of windows it is part of.
 */
export class Timeline {
  readonly segments: readonly Span[];

  constructor(
    readonly until: number,
    edges: Iterable<number>,
  ) {
    const inside = [...new Set(edges)].filter((edge) => edge < until).sort((a, b) => a - b);
    this.segments = inside.map((from, index) => ({ from, to: inside[index + 1] ?? until }));
  }

  /** The segments from an edge on, by their places. */
  since(edge: number): readonly number[] {
    return this.segments.flatMap(({ from }, index) => (from >= edge ? [index] : []));
  }

  /** The rows that sum up to the segments, in as few pieces as there can be. */
  pieces(environmentId: string): readonly SumPiece[] {
    return this.segments.flatMap((span, segment) => cover(span).map((piece) => ({ ...piece, segment, environmentId })));
  }
}

/** The edge at or before a moment from which rows are still kept. */
export function edgeBefore(at: number, now: number): number {
  return onKeptEdge({ from: at, to: now }, now, KEPT).from;
}

/** The edge at or after a moment from which rows are still kept. */
export function edgeAfter(at: number, now: number): number {
  const before = edgeBefore(at, now);
  if (before === at) return at;
  if (at < now - KEPT.hourMs) return before + DAY;
  return before + (at < now - KEPT.minuteMs ? HOUR : MINUTE);
}
