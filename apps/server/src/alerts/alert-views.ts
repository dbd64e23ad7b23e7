import type { AlertView } from '@ballast/api';
import { type Silence, silenceOf } from '@ballast/slo';
import type { AlertRecord } from './alert.types.js';

/** An alert as it is answered. */
export function alertView(
  { key, labels, memory, reading, evaluatedAt }: AlertRecord,
  silences: readonly Silence[],
  now: number,
): AlertView {
  const { objective, environment, severity, owner = null, flag = null, variant = null } = labels;
  const { acknowledged } = memory;
  const silence = silenceOf(silences, labels, now);
  return {
    key,
    kind: labels.kind ?? 'burn',
    objective,
    environment,
    severity,
    owner,
    flag,
    variant,
    phase: memory.phase,
    since: new Date(memory.since).toISOString(),
    because: reading.because ?? null,
    burns: reading.burns.map((burn) => ({ ...burn })),
    evaluatedAt: evaluatedAt.toISOString(),
    acknowledged: acknowledged && { by: acknowledged.by, at: new Date(acknowledged.at).toISOString() },
    escalations: memory.escalations,
    silencedUntil: silence && new Date(silence.to).toISOString(),
  };
}
