import { type Attributes, type Counter, type MeterProvider, metrics } from '@opentelemetry/api';
import type { Hook } from '../core/hooks.js';
import { VERSION } from '../core/version.js';
import { commonAttributes } from './attributes.js';

const MOST_SERIES = 1_000;

/** What is counted under no name of its own, in the word of OpenTelemetry's SDKs. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };

/** Options of `evaluationMetrics`. */
export interface EvaluationMetricsOptions {
  /** Where the counts go. Default: the global meter provider, as it is at the first evaluation. */
  readonly meterProvider?: MeterProvider;
  /** Most series, a combination of key, variant, reason and error code each; the rest is counted together. Default: 1 000. */
  readonly maxSeries?: number;
}

/**
 * A hook that counts evaluations in the counter `feature_flag.evaluations`, by key, variant, reason and error code, never by context.
 * Series are bounded: from `maxSeries` on, what is new is counted with the one attribute `otel.metric.overflow`.
 */
export function evaluationMetrics({ meterProvider = metrics, maxSeries = MOST_SERIES }: EvaluationMetricsOptions = {}): Hook {
  const series = new Map<string, Attributes>();
  let counter: Counter | undefined;
  return {
    afterEvaluation({ details }) {
      counter ??= meterProvider
        .getMeter('@ballast/sdk', VERSION)
        .createCounter('feature_flag.evaluations', { unit: '{evaluation}', description: 'Evaluations of feature flags' });
      const { key, variant, reason, errorCode } = details;
      const name = JSON.stringify([key, variant, reason, errorCode]);
      const known = series.get(name) ?? (series.size < maxSeries ? commonAttributes(details) : OVERFLOW);
      if (known !== OVERFLOW) series.set(name, known);
      counter.add(1, known);
    },
  };
}
