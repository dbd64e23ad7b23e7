import type { View } from '@ballast/protocol';

/** Millionths of a unit: values are added up as whole numbers, so that sums are the same in whatever order they are made. */
const MILLION = 1_000_000;

/** Counts of one event to be added for one variant of a flag; '' stands for no variant, no stage, and for an event beyond the bound. */
export interface OutcomeAddition {
  readonly environmentId: string;
  readonly slot: number;
  readonly flag: string;
  readonly event: string;
  readonly version: number;
  readonly variant: string;
  readonly stage: string;
  readonly trust: View;
  readonly count: number;
  /** Of their values, in millionths. */
  readonly millionths: bigint;
}

/** A value in millionths, rounded. */
export function toMillionths(value: number): bigint {
  return BigInt(Math.round(value * MILLION));
}

/** Millionths as a decimal number, exactly. */
export function decimalOf(millionths: bigint): string {
  const digits = String(millionths < 0n ? -millionths : millionths).padStart(7, '0');
  return `${millionths < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** No text that can be stored holds this. */
const BETWEEN = '\0';

/** One text for each series of an environment. */
export function seriesKey({ flag, event, version, variant, stage, trust }: OutcomeAddition): string {
  return [flag, event, version, variant, stage, trust].join(BETWEEN);
}

/** Adds up what goes to the same series of the same slot of this width, sorted by key, so that two transactions lock rows in one order. */
export function mergeOutcomes(additions: readonly OutcomeAddition[], widthMs: number): readonly OutcomeAddition[] {
  const merged = new Map<string, OutcomeAddition>();
  for (const addition of additions) {
    const slot = addition.slot - (addition.slot % widthMs);
    const key = [addition.environmentId, slot, seriesKey(addition)].join(BETWEEN);
    const { count, millionths } = merged.get(key) ?? { count: 0, millionths: 0n };
    merged.set(key, { ...addition, slot, count: count + addition.count, millionths: millionths + addition.millionths });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, addition]) => addition);
}
