import { DAY } from './durations.js';

/** Over what an objective is to be met: the last so many days, or the current week (from Monday) or month of a time zone. */
export type Period =
  | { readonly kind: 'rolling'; readonly days: number }
  | { readonly kind: 'calendar'; readonly unit: 'week' | 'month'; readonly zone: string };

/** A half-open stretch of time, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The whole period that a moment lies in: for a rolling one it ends there, for a calendar one it may end later. */
export function periodAt(period: Period, now: number): Span {
  if (period.kind === 'rolling') return { from: now - period.days * DAY, to: now };
  const local = new Date(now + offsetAt(period.zone, now));
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  if (period.unit === 'month') return { from: midnight(period.zone, year, month, 1), to: midnight(period.zone, year, month + 1, 1) };
  const monday = day - ((local.getUTCDay() + 6) % 7);
  return { from: midnight(period.zone, year, month, monday), to: midnight(period.zone, year, month, monday + 7) };
}

/** The usual length of a period, for what is computed before there is a moment: 7 days, 30 days, or as many as it rolls. */
export function nominalMs(period: Period): number {
  if (period.kind === 'rolling') return period.days * DAY;
  return (period.unit === 'week' ? 7 : 30) * DAY;
}

/** Whether the runtime knows a time zone by this name. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** How far the clocks of a zone are ahead of UTC at a moment. */
function offsetAt(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...numeric }).formatToParts(at);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'));
  return local - Math.floor(at / 1000) * 1000;
}

/** When a day begins in a zone; the second look-up is for days that begin on the other side of a change of clocks, or with one. */
function midnight(zone: string, year: number, month: number, day: number): number {
  const utc = Date.UTC(year, month, day);
  const guess = utc - offsetAt(zone, utc);
  return Math.max(guess, utc - offsetAt(zone, guess));
}
