export { type Budget, errorBudget, timeToExhaustion } from './budget.js';
export { budgetRatio, burnRate } from './burn.js';
export { checkRules, type Finding, ruleText } from './check-rules.js';
export { type Counts, errorRatio, minus, NO_COUNTS, plus, sli, total } from './counts.js';
export { absenceHoldMs, detectionMs, errorThreshold, isAbsent, resetMs, spentAtDetection } from './detection.js';
export { DAY, durationMs, durationText, HOUR, MINUTE } from './durations.js';
export { type BurnRule, ENOUGH_FAILURES, fires, isBelievable, isClear, type Severity } from './fires.js';
export { lowerBound95 } from './poisson-bound.js';
export { factorFor, PRESETS, type PresetName, presetRules } from './presets.js';
