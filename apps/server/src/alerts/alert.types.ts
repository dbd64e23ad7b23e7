import type { Alert, AlertLabels } from '@ballast/slo';
import type { Burn, ObjectiveFacts } from './message.js';

/** What was found when an alert was evaluated last. */
export interface AlertFindings {
  readonly burns: readonly Burn[];
  readonly facts: ObjectiveFacts;
  /** What its rates do not say: which telemetry is missing, or how little is left. */
  readonly because?: string | null;
}

/** An alert as it is stored. */
export interface AlertRecord {
  readonly key: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly objectiveId: string;
  readonly labels: AlertLabels;
  /** What the state machine remembers. */
  readonly memory: Alert;
  readonly reading: AlertFindings;
  readonly evaluatedAt: Date;
  /** Version of the objective that was evaluated. */
  readonly version: number;
  /** The highest level of channels that was told of this episode; -1: none. */
  readonly reached: number;
}
