import { holdsAddress, parseAddress, parseRange, type Range } from './cidr.js';
import { toInstant } from './instant.js';
import type { ConditionValue, Operator } from './model.js';
import { compareVersions, parseVersion, type Version } from './semver.js';

/** Whether one attribute value, never an array, satisfies an operator with its values. */
export type Test = (value: unknown) => boolean;

/** What an operator is prepared from. */
export interface Operands {
  readonly values: readonly ConditionValue[];
  readonly ignoreCase: boolean;
}

type Prepare = (operands: Operands) => Test | null;
type Compare = (order: number) => boolean;

const MAX_MATCHED_LENGTH = 1024;

const isEqual: Compare = (order) => order === 0;
const isLess: Compare = (order) => order < 0;
const isAtMost: Compare = (order) => order <= 0;
const isMore: Compare = (order) => order > 0;
const isAtLeast: Compare = (order) => order >= 0;

/** The regular expression of a `matches` value; null when the pattern does not compile. */
export function compilePattern(pattern: string, ignoreCase: boolean): RegExp | null {
  try {
    return new RegExp(pattern, ignoreCase ? 'iu' : 'u');
  } catch {
    return null;
  }
}

function fold(value: unknown, ignoreCase: boolean): unknown {
  return ignoreCase && typeof value === 'string' ? value.toLowerCase() : value;
}

const isIn: Prepare = ({ values, ignoreCase }) => {
  const set = new Set<unknown>(values.map((value) => fold(value, ignoreCase)));
  return ignoreCase ? (value) => set.has(fold(value, true)) : (value) => set.has(value);
};

function text(holds: (value: string, operand: string) => boolean): Prepare {
  return ({ values, ignoreCase }) => {
    const operands = values.filter((value) => typeof value === 'string').map((value) => (ignoreCase ? value.toLowerCase() : value));
    return (value) => {
      if (typeof value !== 'string') return false;
      const seen = ignoreCase ? value.toLowerCase() : value;
      return operands.some((operand) => holds(seen, operand));
    };
  };
}

const matches: Prepare = ({ values, ignoreCase }) => {
  const patterns: RegExp[] = [];
  for (const value of values) {
    if (typeof value !== 'string') continue;
    const pattern = compilePattern(value, ignoreCase);
    if (pattern === null) return null;
    patterns.push(pattern);
  }
  return (value) => typeof value === 'string' && value.length <= MAX_MATCHED_LENGTH && patterns.some((pattern) => pattern.test(value));
};

/** An operator that reads both sides as `T` and compares; what cannot be read matches nothing. */
function ordered<T extends NonNullable<unknown>>(
  parse: (value: unknown) => T | null,
  compare: (a: T, b: T) => number,
  wanted: Compare,
): Prepare {
  return ({ values }) => {
    const operands = values.map(parse).filter((operand) => operand !== null);
    return (value) => {
      const seen = parse(value);
      return seen !== null && operands.some((operand) => wanted(compare(seen, operand)));
    };
  };
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function toVersion(value: unknown): Version | null {
  return typeof value === 'string' ? parseVersion(value) : null;
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}

const isInRange: Prepare = ({ values }) => {
  const parse = (value: ConditionValue): Range | null => (typeof value === 'string' ? parseRange(value) : null);
  const ranges = values.map(parse).filter((range) => range !== null);
  return (value) => {
    const address = typeof value === 'string' ? parseAddress(value) : null;
    return address !== null && ranges.some((range) => holdsAddress(range, address));
  };
};

const number = (wanted: Compare): Prepare => ordered(toNumber, compareNumbers, wanted);
const instant = (wanted: Compare): Prepare => ordered(toInstant, compareNumbers, wanted);
const version = (wanted: Compare): Prepare => ordered(toVersion, compareVersions, wanted);

const operators = {
  in: isIn,
  starts_with: text((value, operand) => value.startsWith(operand)),
  ends_with: text((value, operand) => value.endsWith(operand)),
  contains: text((value, operand) => value.includes(operand)),
  matches,
  '=': number(isEqual),
  '<': number(isLess),
  '<=': number(isAtMost),
  '>': number(isMore),
  '>=': number(isAtLeast),
  before: instant(isLess),
  after: instant(isMore),
  'semver_=': version(isEqual),
  'semver_<': version(isLess),
  'semver_<=': version(isAtMost),
  'semver_>': version(isMore),
  'semver_>=': version(isAtLeast),
  in_cidr: isInRange,
} satisfies Record<Exclude<Operator, 'exists'>, Prepare>;

const known = new Map<string, Prepare>(Object.entries(operators));

/** The test of an operator over its values; null for an operator this engine does not know or a pattern that does not compile. */
export function prepareTest(op: string, operands: Operands): Test | null {
  return known.get(op)?.(operands) ?? null;
}
