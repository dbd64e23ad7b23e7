import { isStorable } from '@ballast/api';
import type { OutcomeRow } from '@ballast/protocol';
import { isKnown, type Known, MAX_AGE_MS, originOf } from '../admission.js';
import { placeSlot } from '../clock-skew.js';
import { ROOM } from '../instance-room.js';
import { type OutcomeAddition, toMillionths } from './outcome-addition.js';

/** Outcomes as they will be counted. */
export interface AdmittedOutcomes {
  readonly outcomes: readonly OutcomeAddition[];
  /** Rows about flags or variants that do not exist, and rows that are too old. */
  readonly rejected: number;
}

function toAddition(row: OutcomeRow, known: Known, slot: number): OutcomeAddition {
  const { version, stage } = originOf(row, known);
  const { flag, event, variant = '' } = row;
  const count = Math.min(row.count, ROOM[known.trust]);
  const { environmentId, trust } = known;
  return { environmentId, slot, flag, event, version, variant, stage, trust, count, millionths: toMillionths(row.sum) };
}

/** Decides which rows of outcomes are counted, and where. */
export function admitOutcomes(
  rows: readonly OutcomeRow[],
  known: Known,
  time: { readonly now: number; readonly offset: number },
): AdmittedOutcomes {
  const outcomes = rows.flatMap((row) => {
    const { slot } = placeSlot(row.t0, time.offset, time.now);
    const isSound = slot >= time.now - MAX_AGE_MS && isStorable(row.event) && isKnown(row, known);
    return isSound ? [toAddition(row, known, slot)] : [];
  });
  return { outcomes, rejected: rows.length - outcomes.length };
}
