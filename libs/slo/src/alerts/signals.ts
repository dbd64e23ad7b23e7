import { MINUTE } from '../durations.js';
import type { PolicyStep } from '../policy.js';
import type { TelemetryVerdict } from '../telemetry-gap.js';
import type { AlertSignal } from './alert.js';

/** Batches may come late, and a server that was away has to hear what it missed: a gap is told of when it lasts. */
const GAP_HOLD_MS = 5 * MINUTE;

/** What is known of telemetry as a signal: a gap is an alert of its own, excused by maintenance, and only what is known to be over is over. */
export function telemetrySignal(verdict: TelemetryVerdict, isExcused = false): AlertSignal {
  return { fires: verdict === 'gap', clear: verdict === 'heard', excused: isExcused, forMs: GAP_HOLD_MS };
}

/** Budgets come back outcome by outcome: a step is over when this share is left beyond it, so that one outcome does not ring twice. */
const RETURNED = 0.01;

/** A step of an error budget policy as a signal: it fires while it applies. */
export function budgetSignal({ remainingBelow }: Pick<PolicyStep, 'remainingBelow'>, remaining: number | null): AlertSignal {
  const fires = remaining !== null && remaining < remainingBelow;
  const clear = remaining === null || remaining >= Math.min(1, remainingBelow + RETURNED);
  return { fires, clear, excused: false, forMs: 0 };
}
