import { type AnyValue, type AnyValueMap, type LoggerProvider, logs, SeverityNumber } from '@opentelemetry/api-logs';
import type { Evaluation, Hook } from '../core/hooks.js';
import { VERSION } from '../core/version.js';
import { commonAttributes } from './attributes.js';

/** Options of `evaluationEvents`. */
export interface EvaluationEventsOptions {
  /** Adds the targeting key as `feature_flag.context.id`. Default: `false`, because it often identifies a person. */
  readonly targetingKey?: boolean;
  /** Where the events go. Default: the global logger provider, as it is at each event. */
  readonly loggerProvider?: LoggerProvider;
}

/**
 * A hook that emits OpenTelemetry's log event `feature_flag.evaluation`: within a request scope once for each answer that a flag gives,
 * outside of any for every evaluation. It takes the active trace context along.
 */
export function evaluationEvents({ targetingKey = false, loggerProvider = logs }: EvaluationEventsOptions = {}): Hook {
  const told = new WeakMap<object, Set<string>>();
  return {
    afterEvaluation(evaluation) {
      if (!isFirst(told, evaluation)) return;
      loggerProvider.getLogger('@ballast/sdk', VERSION).emit({
        eventName: 'feature_flag.evaluation',
        severityNumber: SeverityNumber.INFO,
        attributes: attributesOf(evaluation, targetingKey),
      });
    },
  };
}

function isFirst(told: WeakMap<object, Set<string>>, { request, flagSetId, details }: Evaluation): boolean {
  if (!request) return true;
  const answers = told.get(request) ?? new Set();
  told.set(request, answers);
  const answer = JSON.stringify([flagSetId, details.key, details.version, details.variant, details.reason, details.errorCode]);
  const isNew = !answers.has(answer);
  answers.add(answer);
  return isNew;
}

function attributesOf({ details, context, flagSetId }: Evaluation, withTargetingKey: boolean): AnyValueMap {
  const { variant, value, version, errorMessage } = details;
  const { targetingKey } = context;
  return {
    ...commonAttributes(details),
    ...(variant === undefined && { 'feature_flag.result.value': loggable(value) }),
    ...(flagSetId !== undefined && { 'feature_flag.set.id': flagSetId }),
    ...(version > 0 && { 'feature_flag.version': `${version}` }),
    ...(errorMessage !== undefined && { 'feature_flag.error.message': errorMessage }),
    ...(withTargetingKey && typeof targetingKey === 'string' && { 'feature_flag.context.id': targetingKey }),
  };
}

/** The code default of the host, which may be anything, as a log record can hold it. */
function loggable(value: unknown): AnyValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : undefined;
}
