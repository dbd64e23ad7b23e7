import { LIMITS, pointer, type RequestProblem } from '@ballast/api';
import {
  type Condition,
  type ConditionValue,
  conditionSize,
  type Operator,
  parseInstant,
  parseRange,
  parseVersion,
} from '@ballast/evaluation';
import { patternProblem } from './pattern.js';

/** After this many refused patterns the others of the same write wait: the analysis of a hostile one is slow. */
const MAX_REFUSED_PATTERNS = 3;

/** Where problems are collected, and what the conditions of one write share. */
export class ConditionCheck {
  readonly problems: RequestProblem[] = [];
  private patterns = 0;
  private refusedPatterns = 0;

  constructor(private readonly segments: { has(key: string): boolean }) {}

  /** Checks one condition; `path` leads to it. */
  check(condition: Condition, path: readonly PropertyKey[]): void {
    const { conditions, depth } = conditionSize(condition);
    if (depth > LIMITS.conditionDepth.max) this.add(path, `nests deeper than ${LIMITS.conditionDepth.max} levels (conditionDepth)`);
    else if (conditions > LIMITS.conditionsPerRule.max)
      this.add(path, `has more than ${LIMITS.conditionsPerRule.max} conditions (conditionsPerRule)`);
    else this.walk(condition, path);
  }

  private add(path: readonly PropertyKey[], message: string): void {
    this.problems.push({ path: pointer(path), message });
  }

  private walk(condition: Condition, path: readonly PropertyKey[]): void {
    if ('all' in condition) this.walkAll(condition.all, [...path, 'all']);
    else if ('any' in condition) this.walkAll(condition.any, [...path, 'any']);
    else if ('not' in condition) this.walk(condition.not, [...path, 'not']);
    else if ('attribute' in condition) this.checkAttribute(condition, path);
    else if ('segment' in condition && !this.segments.has(condition.segment))
      this.add([...path, 'segment'], `there is no segment ${JSON.stringify(condition.segment)}`);
  }

  private walkAll(conditions: readonly Condition[], path: readonly PropertyKey[]): void {
    for (const [i, condition] of conditions.entries()) this.walk(condition, [...path, i]);
  }

  private checkAttribute(condition: Extract<Condition, { attribute: string }>, path: readonly PropertyKey[]): void {
    const { op, values, ignoreCase } = condition;
    if (ignoreCase && !foldable.has(op)) this.add([...path, 'ignoreCase'], `means nothing for ${op}`);
    if (op === 'exists') {
      if (values.length > 0) this.add([...path, 'values'], 'must be empty for exists');
      return;
    }
    if (values.length === 0) this.add([...path, 'values'], 'must not be empty: nothing would match');
    for (const [i, value] of values.entries()) {
      const problem = op === 'matches' ? this.patternProblem(value, ignoreCase === true) : valueProblem(op, value);
      if (problem !== null) this.add([...path, 'values', i], problem);
    }
  }

  private patternProblem(value: ConditionValue, ignoreCase: boolean): string | null {
    if (typeof value !== 'string') return 'must be text';
    this.patterns += 1;
    if (this.patterns === LIMITS.patternsPerFlag.max + 1) return `is one pattern more than ${LIMITS.patternsPerFlag.max} (patternsPerFlag)`;
    if (this.patterns > LIMITS.patternsPerFlag.max || this.refusedPatterns >= MAX_REFUSED_PATTERNS) return null;
    const problem = patternProblem(value, ignoreCase);
    if (problem !== null) this.refusedPatterns += 1;
    return problem;
  }
}

const foldable: ReadonlySet<Operator> = new Set<Operator>(['in', 'starts_with', 'ends_with', 'contains', 'matches']);

type Check = (value: ConditionValue) => string | null;

const isText: Check = (value) => (typeof value === 'string' ? null : 'must be text');
const isNumber: Check = (value) => (typeof value === 'number' ? null : 'must be a number');
const isMoment: Check = (value) =>
  typeof value === 'number' || (typeof value === 'string' && parseInstant(value) !== null)
    ? null
    : 'must be RFC 3339 or epoch milliseconds';
const isVersion: Check = (value) => (typeof value === 'string' && parseVersion(value) !== null ? null : 'must be a semantic version');
const isRange: Check = (value) =>
  typeof value === 'string' && parseRange(value) !== null ? null : 'must be an IPv4 or IPv6 address or range';

const checks: Readonly<Record<Exclude<Operator, 'exists' | 'matches'>, Check>> = {
  in: () => null,
  starts_with: isText,
  ends_with: isText,
  contains: isText,
  '=': isNumber,
  '<': isNumber,
  '<=': isNumber,
  '>': isNumber,
  '>=': isNumber,
  before: isMoment,
  after: isMoment,
  'semver_=': isVersion,
  'semver_<': isVersion,
  'semver_<=': isVersion,
  'semver_>': isVersion,
  'semver_>=': isVersion,
  'number_=': isNumber,
  'number_<': isNumber,
  'number_<=': isNumber,
  'number_>': isNumber,
  'number_>=': isNumber,
  in_cidr: isRange,
};

function valueProblem(op: Exclude<Operator, 'exists' | 'matches'>, value: ConditionValue): string | null {
  return checks[op](value);
}
