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

/** How a value is read, what it is held against, and when it fits. */
interface Fitting<T, U> {
  readonly parse: Parse<T>;
  readonly operands: readonly U[];
  readonly fits: (value: T, operand: U) => boolean;
}

/** The longest text that `matches` looks at. */
export const MAX_MATCHED_LENGTH = 1024;

/** Lists up to this length are searched as fast as sets, and need no memory. */
const SHORT_LIST = 16;

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
const toShort = text((value) => (value.length > MAX_MATCHED_LENGTH ? null : value));

type Comparison = (value: number | string, operand: number | string) => boolean;

const isLess: Comparison = (value, operand) => value < operand;
const isMore: Comparison = (value, operand) => value > operand;

const comparisons = new Map<unknown, Comparison>([
  ['=', (value, operand) => value === operand],
  ['<', isLess],
  ['<=', (value, operand) => value <= operand],
  ['>', isMore],
  ['>=', (value, operand) => value >= operand],
]);

/** Whether the value of an attribute, or any element of an array there, passes a test against `data`; the fewer objects, the faster. */
function check<T>(path: Path, data: T, passes: (value: unknown, data: T) => boolean): Holds {
  return (context) => {
    const value = read(context, path);
    return Array.isArray(value) ? value.some((element) => passes(element, data)) : passes(value, data);
  };
}

function fitsOne<T, U>(value: unknown, { parse, operands, fits }: Fitting<T, U>): boolean {
  const seen = parse(value);
  if (seen !== null) for (const operand of operands) if (fits(seen, operand)) return true;
  return false;
}

/** By a loop: it is compiled into its caller, `includes` is called. */
function isIn(value: unknown, list: readonly unknown[]): boolean {
  for (const one of list) if (one === value) return true;
  return false;
}

function prepareList({ path, values, ignoreCase }: Operands): Holds {
  if (!ignoreCase && values.length <= SHORT_LIST) return check(path, values, isIn);
  const same = (value: unknown): unknown => (ignoreCase && typeof value === 'string' ? value.toLowerCase() : value);
  return check(path, new Set(values.map(same)), (value, set) => set.has(same(value)));
}

/** The test of an operator over its values; throws for an operator this engine does not know or a pattern that does not compile. */
export function prepareTest(op: unknown, { path, values, ignoreCase }: Operands): Holds {
  const some = <T, U>(parse: Parse<T>, readOperand: Parse<U>, fits: (value: T, operand: U) => boolean): Holds =>
    check(path, { parse, operands: values.map(readOperand).filter((operand) => operand !== null), fits }, fitsOne<T, U>);
  const fold = text((value) => (ignoreCase ? value.toLowerCase() : value));
  switch (op) {
    case 'exists':
      return (context) => (read(context, path) ?? null) !== null;
    case 'in':
      return prepareList({ path, values, ignoreCase });
    case 'starts_with':
      return some(fold, fold, (value, operand) => value.startsWith(operand));
    case 'ends_with':
      return some(fold, fold, (value, operand) => value.endsWith(operand));
    case 'contains':
      return some(fold, fold, (value, operand) => value.includes(operand));
    case 'matches': {
      const pattern = text((value) => patternOf(value, ignoreCase));
      return some(toShort, pattern, (value, operand) => operand.test(value));
    }
    case 'in_cidr':
      return some(text(parseAddress), text(parseRange), (value, operand) => value.startsWith(operand));
    case 'before':
      return some(toInstant, toInstant, isLess);
    case 'after':
      return some(toInstant, toInstant, isMore);
    default: {
      mustBe(typeof op === 'string');
      const [, scale, sign] = /^(semver_|number_)?(.*)/.exec(op) ?? [];
      const fits = comparisons.get(sign);
      mustBe(fits);
      const parse = scale ? (scale < 's' ? toWritten : toVersion) : toNumber;
      return some(parse, parse, fits);
    }
  }
}
