/** What is known of a flag's telemetry; `unknown` is neither a gap nor health. */
export type TelemetryVerdict = 'gap' | 'heard' | 'unknown';

/** What was heard of a flag in a stretch of time that ends now. */
export interface HeardTraffic {
  readonly spanMs: number;
  /** What its objective counts. */
  readonly seen: number;
  readonly evaluated: number;
  /** What is usual in such a stretch at this time; null when its past is too short to say. */
  readonly due: number | null;
}

/** The programs of an environment that are there now, by what was heard of them in that stretch. */
export interface Senders {
  readonly reporting: number;
  readonly silent: number;
  /** Whether these are all: while that is not known, that nobody misses anything is not known either. */
  readonly isComplete: boolean;
}

/** What was found out, and which of the ways to lose telemetry it is. */
export interface TelemetryFinding {
  readonly verdict: TelemetryVerdict;
  readonly loss: 'outcomes' | 'senders' | 'part' | null;
}

/** Outcomes that must have been due before their absence means anything: none of 7 has a chance of one in a thousand. */
export const DUE_OUTCOMES = 7;
/** Outcomes that must have been due before less than half of them means anything. */
const DUE_FOR_PART = 30;
/** The share of the programs that must report, so that it is not them (M10). */
const COVERED = 0.9;

/**
 * Whether a flag's telemetry is missing. Silence alone is no gap: a flag that is no longer in the code is silent too, and so is one
 * whose programs were taken away. It takes evaluations without outcomes, or programs that are there and say nothing.
 */
export function telemetryGap(traffic: HeardTraffic, senders: Senders): TelemetryFinding {
  const { seen, evaluated, due } = traffic;
  const isPart = due !== null && due >= DUE_FOR_PART && seen * 2 < due;
  if (seen > 0 && !isPart) return found('heard');
  if (seen === 0 && (due === null || due < DUE_OUTCOMES)) return found('unknown');
  if (seen === 0 && evaluated >= DUE_OUTCOMES) return found('gap', 'outcomes');
  if (isUncovered(senders)) return found('gap', seen > 0 ? 'part' : 'senders');
  return found(senders.isComplete ? 'heard' : 'unknown');
}

function found(verdict: TelemetryVerdict, loss: TelemetryFinding['loss'] = null): TelemetryFinding {
  return { verdict, loss };
}

/** Whether programs are there of which too many are silent; nobody there leaves nothing uncovered. */
function isUncovered({ reporting, silent }: Senders): boolean {
  return silent > 0 && reporting < COVERED * (reporting + silent);
}

/** What was usual: of the same time on earlier days the lower middle, so that neither one odd day nor nights and weekends ring; null without any. */
export function usualOf(days: readonly number[]): number | null {
  const sorted = [...days].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
