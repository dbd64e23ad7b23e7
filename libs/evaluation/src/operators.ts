import { attempt, mustBe, type Path, read } from './attributes.js';
import { parseAddress, parseRange } from './cidr.js';
import { parseInstant } from './instant.js';
import type { ConditionValue } from './model.js';
import type { Holds } from './prepared.js';
import { parseVersion } from './semver.js';

/** What an operator compares, and with what. */
export interface Operands {
  readonly path: Path;
  readonly values: readonly ConditionValue[];
  readonly ignoreCase: boolean;
}

type Parse<T> = (value: unknown) => T | null;

type Sortable = number | string;

/** The longest text that `matches` looks at. */
export const MAX_MATCHED_LENGTH = 1024;

/** Lists up to this length are searched faster than sets, and are smaller. */
const SHORT_LIST = 16;

/** The place of each sign, counted from 1, is the sum of what it lets pass: 1 less, 2 equal, 4 more. */
const SIGNS = ['<', '=', '<=', '>', null, '>='];

const METHODS = { starts_with: 'startsWith', ends_with: 'endsWith', contains: 'includes' } as const;

function patternOf(pattern: string, ignoreCase: boolean): RegExp {
  return new RegExp(pattern, ignoreCase ? 'iu' : 'u');
}

/** The regular expression of a `matches` value; null when the pattern does not compile. */
export function compilePattern(pattern: string, ignoreCase: boolean): RegExp | null {
  return attempt(() => patternOf(pattern, ignoreCase));
}

function text<T>(parse: (value: string) => T | null): Parse<T> {
  return (value) => (typeof value === 'string' ? parse(value) : null);
}

const toNumber: Parse<number> = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const toInstant: Parse<number> = (value) => (typeof value === 'string' ? parseInstant(value) : toNumber(value));
const toVersion = text(parseVersion);
const toWritten: Parse<number> = (value) => toNumber(typeof value === 'string' ? Number(value) : value);

/** Whether a value or any element of an array passes a test against `data`. */
function check<T>(path: Path, data: T, test: (value: unknown, data: T) => boolean): Holds {
  return (context) => {
    const value = read(context, path);
    return Array.isArray(value) ? value.some((element) => test(element, data)) : test(value, data);
  };
}

/** Reads the value and holds it against each operand that could be read; what cannot be read matches nothing. */
function someOf<T, U>(path: Path, operands: readonly (U | null)[], parse: Parse<T>, holds: (value: T, operand: U) => boolean): Holds {
  const readable = operands.filter((operand) => operand !== null);
  return check(path, readable, (value) => {
    const seen = parse(value);
    return seen !== null && readable.some((operand) => holds(seen, operand));
  });
}

function isListed(value: unknown, list: readonly unknown[]): boolean {
  for (const one of list) if (one === value) return true;
  return false;
}

/** What a comparison needs to know. */
interface Comparison {
  /** What it lets pass, as in `SIGNS`. */
  readonly sum: number;
  readonly parse: Parse<Sortable>;
  readonly operands: readonly (Sortable | null)[];
}

function compares(value: unknown, { sum, parse, operands }: Comparison): boolean {
  const seen = parse(value);
  for (const operand of operands)
    if (seen !== null && operand !== null && (sum & (seen < operand ? 1 : seen > operand ? 4 : 2)) > 0) return true;
  return false;
}

function ordered({ path, values }: Operands, sign: string, parse: Parse<Sortable>): Holds {
  const sum = SIGNS.indexOf(sign) + 1;
  mustBe(sum > 0);
  return check(path, { sum, parse, operands: values.map(parse) }, compares);
}

function matching({ path, values, ignoreCase }: Operands): Holds {
  const patterns = values.filter((value) => typeof value === 'string').map((value) => patternOf(value, ignoreCase));
  const short = text((value) => (value.length > MAX_MATCHED_LENGTH ? null : value));
  return someOf(path, patterns, short, (value, pattern) => pattern.test(value));
}

/** The test of an operator over its values; throws for an operator this engine does not know or a pattern that does not compile. */
export function prepareTest(op: unknown, operands: Operands): Holds {
  const { path, values, ignoreCase } = operands;
  const fold = text((value) => (ignoreCase ? value.toLowerCase() : value));
  const same = (value: unknown): unknown => fold(value) ?? value;
  switch (op) {
    case 'in':
      if (!ignoreCase && values.length <= SHORT_LIST) return check(path, values, isListed);
      return check(path, new Set<unknown>(values.map(same)), (value, set) => set.has(same(value)));
    case 'starts_with':
    case 'ends_with':
    case 'contains':
      return someOf(path, values.map(fold), fold, (value, operand) => value[METHODS[op]](operand));
    case 'matches':
      return matching(operands);
    case 'in_cidr':
      return someOf(path, values.map(text(parseRange)), text(parseAddress), (address, range) => address.startsWith(range));
    case 'before':
      return ordered(operands, '<', toInstant);
    case 'after':
      return ordered(operands, '>', toInstant);
    default:
      mustBe(typeof op === 'string');
      if (op.startsWith('semver_')) return ordered(operands, op.slice(7), toVersion);
      return op.startsWith('number_') ? ordered(operands, op.slice(7), toWritten) : ordered(operands, op, toNumber);
  }
}
