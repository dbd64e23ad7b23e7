export type { Evaluation, Hook } from '../core/hooks.js';
export { type EvaluationEventsOptions, evaluationEvents } from './evaluation-events.js';
export { type EvaluationMetricsOptions, evaluationMetrics } from './evaluation-metrics.js';
