import { absenceHoldMs, budgetRatio, DAY, HOUR, MINUTE, rulesOf, usualOf } from '@ballast/slo';
import { type ObjectiveRecord, objectiveOf } from './objective.types.js';
import { hourOf, type SpanTraffic, type Watched, type WatchedSpan } from './traffic.view.js';

/** No gap is looked for in less than this; batches come late, and programs are started anew. */
const SHORTEST_MS = 10 * MINUTE;
/** Flags with little traffic are judged over longer stretches. */
const LONGER_MS = [HOUR, 6 * HOUR];
/** Days that are compared with: the day before, and the same day of the weeks before. */
const DAYS = [1, 7, 14];
/** Clocks of people change by an hour, and nights begin when they like. */
const SHIFTS = [-HOUR, 0, HOUR];
/** Of a flag without a past, only what is four times as surprising rings. */
const CAUTION = 4;

/** How far back of a flag anything is looked at. */
export const LOOK_BACK_MS = 16 * DAY;

/** Something that an objective listens to. */
export interface Watch extends Watched {
  readonly record: ObjectiveRecord;
  readonly spanMs: number;
}

/** The stretch in which an objective may hear nothing. */
export function spanOf(record: ObjectiveRecord): number {
  const hold = absenceHoldMs(rulesOf(objectiveOf(record)), budgetRatio(record.document.target)) ?? SHORTEST_MS;
  return Math.min(Math.max(hold, SHORTEST_MS), HOUR);
}

/** What the indicator of an objective is counted by: an event, where it is about one. */
export function eventOf({ document: { indicator } }: ObjectiveRecord): string | null {
  return indicator.kind === 'business' ? indicator.total : null;
}

/** How much of what an objective counts there was. */
export function amountOf({ record }: Watch, { outcomes, events, exposures }: SpanTraffic): number {
  const { indicator } = record.document;
  if (indicator.kind !== 'business') return outcomes;
  return indicator.total === null ? exposures : events;
}

/** The stretches that a flag is judged over, the shortest first. */
export function spansOf({ spanMs }: Watch): readonly number[] {
  return [spanMs, ...LONGER_MS.filter((longer) => longer > spanMs)];
}

/** A stretch that ends at a moment. */
export function lately(watch: Watch, until: number, spanMs: number): WatchedSpan {
  const { environmentId, flag, event } = watch;
  return { environmentId, flag, event, from: until - spanMs, to: until };
}

/** Whole hours of an earlier day by which a stretch is judged. */
export interface PastHours {
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

/** The hours by which a stretch is judged, as far as a flag that was heard of since a day has lived through them. */
export function pastHours(spanMs: number, until: number, since: number): readonly PastHours[] {
  const length = Math.ceil(spanMs / HOUR) * HOUR;
  return DAYS.filter((day) => until - day * DAY - length - 2 * HOUR >= since + DAY).flatMap((day) =>
    SHIFTS.map((shift) => {
      const from = hourOf(until - day * DAY + shift - length);
      return { day, from, to: from + length };
    }),
  );
}

/** What is due in a stretch: by earlier days, or, in the first days of a flag, by the hour before. */
export function dueOf(
  spanMs: number,
  past: readonly { readonly hours: PastHours; readonly amount: number }[],
  hourBefore: number,
): number | null {
  if (past.length === 0) return (hourBefore * spanMs) / HOUR / CAUTION;
  const days = [...new Set(past.map(({ hours }) => hours.day))].map((day) => {
    const shares = past.filter(({ hours }) => hours.day === day).map(({ hours, amount }) => (amount * spanMs) / (hours.to - hours.from));
    return Math.min(...shares);
  });
  return usualOf(days);
}
