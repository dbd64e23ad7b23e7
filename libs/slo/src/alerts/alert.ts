import type { Severity } from '../fires.js';
import type { PolicyStep } from '../policy.js';

/** What an alert says: that a budget burns too fast, that telemetry is missing, or that less of a budget is left than its policy wants. */
export type AlertKind = 'burn' | 'telemetry' | 'budget';

/** What an alert is about: for each objective there is one per severity, one about its telemetry, and one per step of its policy. */
export interface AlertIdentity {
  readonly project: string;
  readonly environment: string;
  readonly objective: string;
  readonly severity: Severity;
  /** `burn` unless said. */
  readonly kind?: AlertKind;
  /** The step of the policy by its action; of alerts of the kind `budget`. */
  readonly step?: PolicyStep['action'];
}

/** What else is known about an alert; silences and maintenance match on it. */
export interface AlertLabels extends AlertIdentity {
  readonly owner?: string;
  readonly flag?: string;
  readonly variant?: string;
  readonly tag?: string;
  readonly service?: string;
}

/** What an evaluation says about one tier; a `TierReading` is one. */
export interface AlertSignal {
  readonly fires: boolean;
  readonly clear: boolean;
  readonly excused: boolean;
  readonly forMs: number;
}

/** How far one tier is in the present episode. */
interface TierProgress {
  readonly pendingSince: number | null;
  readonly fired: boolean;
}

/** One alert: its phase, what its receivers were told, and what damps it. Nothing else needs to be stored. */
export interface Alert {
  readonly phase: 'inactive' | 'pending' | 'firing' | 'resolved';
  /** When the phase began. */
  readonly since: number;
  readonly tiers: readonly TierProgress[];
  /** Evaluations in a row that found a firing alert over. */
  readonly clearEvaluations: number;
  /** When it was resolved in the last hour; see `AlertSettings.flapWindowMs`. */
  readonly resolvedAt: readonly number[];
  /** What receivers heard last. */
  readonly told: 'firing' | 'resolved';
  /** When they heard of the present episode; null while they have not. */
  readonly toldAt: number | null;
  readonly acknowledged: { readonly by: string; readonly at: number } | null;
  readonly escalations: number;
}

/** How alerts behave. */
export interface AlertSettings {
  /** Evaluations in a row that must find an alert over before it is resolved. */
  readonly clearEvaluations: number;
  /** Each resolution within this time doubles the evaluations that the next one takes, up to sixteen times. */
  readonly flapWindowMs: number;
  /** How long an alert waits for an acknowledgement before it is passed on, and again before the next level; null never. */
  readonly escalateAfterMs: Readonly<Record<Severity, number | null>>;
  /** How many levels there are to pass it on to. */
  readonly mostEscalations: number;
}

/** Two evaluations to resolve, an hour of memory for flapping, pages passed on every fifteen minutes, twice at most. */
export const ALERT_SETTINGS: AlertSettings = {
  clearEvaluations: 2,
  flapWindowMs: 3_600_000,
  escalateAfterMs: { page: 900_000, ticket: null },
  mostEscalations: 2,
};

/** An alert that has never been heard of. */
export const NO_ALERT: Alert = {
  phase: 'inactive',
  since: 0,
  tiers: [],
  clearEvaluations: 0,
  resolvedAt: [],
  told: 'resolved',
  toldAt: null,
  acknowledged: null,
  escalations: 0,
};
