export { COUNTERS, type FlagsOfTag } from './counters.js';
export { prometheusRuleTests } from './rule-tests.js';
export { alertNames, prometheusRules } from './rules.js';
