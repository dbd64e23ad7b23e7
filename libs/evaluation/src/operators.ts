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

type Test = (value: unknown) => boolean;

/** The longest text that `matches` looks at. */
export const MAX_MATCHED_LENGTH = 1024;

/** Lists up to this length are searched as fast as sets, and need no memory. */
const SHORT_LIST = 16;

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

/** Whether a value fits one of the operands; what cannot be read fits nothing. */
function someOf<T, U>(parse: Parse<T>, operands: readonly (U | null)[], fits: (value: T, operand: U) => boolean): Test {
  const readable = operands.filter((operand) => operand !== null);
  return (value) => {
    const seen = parse(value);
    return seen !== null && readable.some((operand) => fits(seen, operand));
  };
}

function isListed(values: readonly unknown[], ignoreCase: boolean): Test {
  if (!ignoreCase && values.length <= SHORT_LIST) return (value) => values.includes(value);
  const same = (value: unknown): unknown => (ignoreCase && typeof value === 'string' ? value.toLowerCase() : value);
  const list = new Set(values.map(same));
  return (value) => list.has(same(value));
}

function compares(sign: string, values: readonly unknown[], parse: Parse<number | string>): Test {
  const isLess = sign.includes('<');
  const isSame = sign.includes('=');
  const isMore = sign.includes('>');
  return someOf(parse, values.map(parse), (value, operand) => (value < operand ? isLess : value > operand ? isMore : isSame));
}

/** The test of an operator over its values; throws for an operator this engine does not know or a pattern that does not compile. */
function testOf(op: unknown, values: readonly unknown[], ignoreCase: boolean): Test {
  const fold = text((value) => (ignoreCase ? value.toLowerCase() : value));
  switch (op) {
    case 'in':
      return isListed(values, ignoreCase);
    case 'starts_with':
    case 'ends_with':
    case 'contains':
      return someOf(fold, values.map(fold), (value, operand) => value[METHODS[op]](operand));
    case 'matches': {
      const pattern = text((value) => patternOf(value, ignoreCase));
      const short = text((value) => (value.length > MAX_MATCHED_LENGTH ? null : value));
      return someOf(short, values.map(pattern), (value, operand) => operand.test(value));
    }
    case 'in_cidr':
      return someOf(text(parseAddress), values.map(text(parseRange)), (value, operand) => value.startsWith(operand));
    case 'before':
      return compares('<', values, toInstant);
    case 'after':
      return compares('>', values, toInstant);
    default: {
      mustBe(typeof op === 'string');
      const [, scale, sign] = /^(semver_|number_)?([<>]=?|=)$/.exec(op) ?? [];
      mustBe(sign);
      return compares(sign, values, scale ? (scale < 's' ? toWritten : toVersion) : toNumber);
    }
  }
}

/** Whether the value of an attribute, or any element of an array there, passes the test of an operator; throws as `testOf` does. */
export function prepareTest(op: unknown, { path, values, ignoreCase }: Operands): Holds {
  if (op === 'exists') return (context) => (read(context, path) ?? null) !== null;
  const test = testOf(op, values, ignoreCase);
  return (context) => {
    const value = read(context, path);
    return Array.isArray(value) ? value.some(test) : test(value);
  };
}
