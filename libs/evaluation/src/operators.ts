import { parseAddress, parseRange } from './cidr.js';
import { parseInstant } from './instant.js';
import type { ConditionValue } from './model.js';
import { parseVersion } from './semver.js';

/** Whether one attribute value, never an array, satisfies an operator with its values. */
export type Test = (value: unknown) => boolean;

/** What an operator compares with. */
export interface Operands {
  readonly values: readonly ConditionValue[];
  readonly ignoreCase: boolean;
}

type Parse<T> = (value: unknown) => T | null;

/** The longest text that `matches` looks at. */
export const MAX_MATCHED_LENGTH = 1024;

type Sortable = number | string;

const orders = new Map<string, (a: Sortable, b: Sortable) => boolean>([
  ['=', (a, b) => a === b],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
]);

/** The regular expression of a `matches` value; null when the pattern does not compile. */
export function compilePattern(pattern: string, ignoreCase: boolean): RegExp | null {
  try {
    return new RegExp(pattern, ignoreCase ? 'iu' : 'u');
  } catch {
    return null;
  }
}

function text<T>(parse: (value: string) => T | null): Parse<T> {
  return (value) => (typeof value === 'string' ? parse(value) : null);
}

const toNumber: Parse<number> = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const toInstant: Parse<number> = (value) => (typeof value === 'string' ? parseInstant(value) : toNumber(value));
const toVersion = text(parseVersion);
const toWritten: Parse<number> = (value) => toNumber(typeof value === 'string' ? Number(value) : value);

/** A test that reads the value and holds it against each operand that could be read; what cannot be read matches nothing. */
function someOf<T, U>(operands: readonly (U | null)[], parse: Parse<T>, holds: (value: T, operand: U) => boolean): Test {
  const readable = operands.filter((operand) => operand !== null);
  return (value) => {
    const seen = parse(value);
    return seen !== null && readable.some((operand) => holds(seen, operand));
  };
}

function ordered({ values }: Operands, sign: string, parse: Parse<Sortable>): Test | null {
  const holds = orders.get(sign);
  return holds ? someOf(values.map(parse), parse, holds) : null;
}

function matching({ values, ignoreCase }: Operands): Test | null {
  const patterns = values.filter((value) => typeof value === 'string').map((value) => compilePattern(value, ignoreCase));
  const short = text((value) => (value.length > MAX_MATCHED_LENGTH ? null : value));
  return patterns.includes(null) ? null : someOf(patterns, short, (value, pattern) => pattern.test(value));
}

/** The test of an operator over its values; null for an operator this engine does not know or a pattern that does not compile. */
export function prepareTest(op: string, operands: Operands): Test | null {
  const { values, ignoreCase } = operands;
  const fold = text((value) => (ignoreCase ? value.toLowerCase() : value));
  const set = new Set<unknown>(values.map((value) => fold(value) ?? value));
  switch (op) {
    case 'in':
      return ignoreCase ? (value) => set.has(fold(value) ?? value) : (value) => set.has(value);
    case 'starts_with':
      return someOf(values.map(fold), fold, (value, operand) => value.startsWith(operand));
    case 'ends_with':
      return someOf(values.map(fold), fold, (value, operand) => value.endsWith(operand));
    case 'contains':
      return someOf(values.map(fold), fold, (value, operand) => value.includes(operand));
    case 'matches':
      return matching(operands);
    case 'in_cidr':
      return someOf(values.map(text(parseRange)), text(parseAddress), (address, range) => address.startsWith(range));
    case 'before':
      return ordered(operands, '<', toInstant);
    case 'after':
      return ordered(operands, '>', toInstant);
    default:
      if (op.startsWith('semver_')) return ordered(operands, op.slice(7), toVersion);
      return op.startsWith('number_') ? ordered(operands, op.slice(7), toWritten) : ordered(operands, op, toNumber);
  }
}
