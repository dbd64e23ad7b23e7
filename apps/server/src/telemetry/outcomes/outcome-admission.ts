import { isStorable } from '@ballast/api';
import type { OutcomeRow } from '@ballast/protocol';
import { isKnown, type Known, MAX_AGE_MS, originOf } from '../admission.js';
import { lateSlot, placeSlot } from '../clock-skew.js';
import { ROOM } from '../instance-room.js';
import { type OutcomeAddition, toMillionths } from './outcome-addition.js';

/** The largest value of one event, either way, in millionths. */
const MAX_MILLIONTHS = 1_000_000_000_000_000n;

/** Outcomes as they will be counted. */
export interface AdmittedOutcomes {
  readonly outcomes: readonly OutcomeAddition[];
  /** Rows about flags or variants that do not exist, and rows that are too old. */
  readonly rejected: number;
}

function toAddition(row: OutcomeRow, known: Known, { slot, room }: { readonly slot: number; readonly room: number }): OutcomeAddition {
  const { version, stage } = originOf(row, known);
  const { flag, event, variant = '' } = row;
  const count = Math.min(row.count, room);
  const { environmentId, trust } = known;
  return { environmentId, slot, flag, event, version, variant, stage, trust, count, millionths: boundSum(row.sum, count) };
}

/** A sum as large as so many events can make it. */
function boundSum(sum: number, count: number): bigint {
  const [millionths, most] = [toMillionths(sum), BigInt(count) * MAX_MILLIONTHS];
  if (millionths > most) return most;
  return millionths < -most ? -most : millionths;
}

/** Decides which rows of outcomes are counted, and where. */
export function admitOutcomes(
  rows: readonly OutcomeRow[],
  known: Known,
  time: { readonly now: number; readonly offset: number },
): AdmittedOutcomes {
  const used = new Map<number, number>();
  const outcomes = rows.flatMap((row) => {
    const { slot: told } = placeSlot(row.t0, time.offset, time.now);
    const slot = known.trust === 'client' ? lateSlot(told, time.now) : told;
    // The series of events beyond the bound has the name ''.
    const isSound = row.event !== '' && told >= time.now - MAX_AGE_MS && isStorable(row.event) && isKnown(row, known);
    if (!isSound) return [];
    const counted = used.get(slot) ?? 0;
    const addition = toAddition(row, known, { slot, room: ROOM[known.trust] - counted });
    used.set(slot, counted + addition.count);
    return [addition];
  });
  return { outcomes, rejected: rows.length - outcomes.length };
}
