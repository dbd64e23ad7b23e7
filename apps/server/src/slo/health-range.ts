import { HEALTH_MAX_DAYS, HEALTH_MAX_POINTS } from '@ballast/api';
import { closedUntil, cover, DAY, HOUR, type Level, MINUTE, type Piece } from '@ballast/slo';
import { refuse } from '../errors.js';
import { edgeBefore, KEPT } from './timeline.js';

/** Batches may come this late without a minute being shown too early. */
const LATENESS_MS = 30_000;
const DEFAULT_POINTS = 200;
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY, 30 * DAY];
const SIZES: Readonly<Record<Level, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** What is asked for: milliseconds since 1970, as far as they were named. */
export interface WantedRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly step?: number | undefined;
}

/** A range on edges that have rows, its steps, and the fewest rows that make them up. */
export interface HealthRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly pieces: readonly Piece[];
}

/** The range of an answer: it ends with the last closed minute at the latest and begins where a step can begin. */
export function healthRange(wanted: WantedRange, now: number): HealthRange {
  const closed = closedUntil(now, LATENESS_MS);
  const to = Math.min(closed, down(wanted.to ?? closed, MINUTE));
  const asked = edgeBefore(wanted.from ?? to - HOUR, now);
  if (!(asked < to && to - asked <= HEALTH_MAX_DAYS * DAY)) refuseRange('/from', `must lie before to, by ${HEALTH_MAX_DAYS} days at most`);
  const step = stepOf(wanted.step, { asked, to, now });
  const level = levelOf(step);
  const from = down(asked, SIZES[level]);
  const whole = down(to, SIZES[level]);
  const main = from < whole ? [{ level, from, to: whole }] : [];
  return { from, to, step, pieces: [...main, ...(whole < to ? cover({ from: Math.max(from, whole), to }) : [])] };
}

/** The range of an answer without steps. */
export function wholeRange(wanted: WantedRange, now: number): HealthRange {
  const { from, to, step } = healthRange({ ...wanted, step: 30 * DAY }, now);
  const edge = Math.max(from, edgeBefore(wanted.from ?? to - HOUR, now));
  return { from: edge, to, step, pieces: cover({ from: edge, to }) };
}

function stepOf(
  wanted: number | undefined,
  { asked, to, now }: { readonly asked: number; readonly to: number; readonly now: number },
): number {
  const finest = asked < now - KEPT.hourMs ? DAY : asked < now - KEPT.minuteMs ? HOUR : MINUTE;
  const fits = STEPS.find((step) => step >= finest && (to - asked) / step <= DEFAULT_POINTS);
  const step = wanted ?? fits ?? 30 * DAY;
  if (step < MINUTE || step % MINUTE !== 0) refuseRange('/step', 'must be whole minutes');
  if (step % finest !== 0) refuseRange('/step', `must be whole ${finest === DAY ? 'days' : 'hours'}: finer rows of that time are not kept`);
  if ((to - asked) / step > HEALTH_MAX_POINTS) refuseRange('/step', `makes more than ${HEALTH_MAX_POINTS} points`);
  return step;
}

function levelOf(step: number): Level {
  if (step % DAY === 0) return 'day';
  return step % HOUR === 0 ? 'hour' : 'minute';
}

function down(at: number, size: number): number {
  return Math.floor(at / size) * size;
}

function refuseRange(path: string, message: string): never {
  return refuse('request.invalid', { problems: [{ path, message }] });
}
