export * from './alerts/index.js';
export { type Budget, errorBudget, timeToExhaustion } from './budget.js';
export { budgetRatio, burnRate } from './burn.js';
export { checkObjective } from './check-objective.js';
export { checkRules, type Finding, ruleText } from './check-rules.js';
export { type Counts, errorRatio, minus, NO_COUNTS, plus, sli, total } from './counts.js';
export { closedUntil, cover, type Level, onKeptEdge, type Piece, type Retention } from './cover.js';
export { absenceHoldMs, detectionMs, errorThreshold, resetMs, spentAtDetection } from './detection.js';
export { DAY, durationMs, durationText, HOUR, MINUTE } from './durations.js';
export {
  type Evaluation,
  evaluateObjective,
  type ObjectiveReadings,
  type ObjectiveState,
  type TierReading,
  type WindowCounts,
  type WindowReading,
} from './evaluate-objective.js';
export { type BurnRule, ENOUGH_FAILURES, fires, isBelievable, isClear, type Severity } from './fires.js';
export {
  BUCKETS,
  bucketOf,
  countOf,
  downscale,
  type ExponentialBuckets,
  exponentialBuckets,
  type Histogram,
  histogramFrom,
  mergeHistograms,
  quantile,
  quantileOf,
  sparseOf,
  upperBound,
} from './histogram.js';
export { canaryDelta, type MetricSums, type Metrics, metricsOf, STARTING_TARGETS, share } from './metrics.js';
export { type Alerting, type Indicator, type Objective, rulesOf, type Scope, windowsOf } from './objective.js';
export { fromOpenSlo, type ImportPlace, type OpenSloDocument, type OpenSloImport, toOpenSlo } from './openslo/index.js';
export { countsBy, type OutcomeSums } from './outcomes.js';
export { isZone, nominalMs, type Period, periodAt, type Span } from './period.js';
export { lowerBound95 } from './poisson-bound.js';
export {
  type BudgetPolicy,
  checkPolicy,
  DEFAULT_POLICY,
  decideByPolicy,
  type PolicyAction,
  type PolicyAnswer,
  type PolicyStep,
} from './policy.js';
export { factorFor, PRESETS, type PresetName, presetRules } from './presets.js';
export { alertNames, COUNTERS, type FlagsOfTag, prometheusRules, prometheusRuleTests } from './prometheus/index.js';
export {
  DUE_OUTCOMES,
  type HeardTraffic,
  type Senders,
  type TelemetryFinding,
  type TelemetryVerdict,
  telemetryGap,
  usualOf,
} from './telemetry-gap.js';
