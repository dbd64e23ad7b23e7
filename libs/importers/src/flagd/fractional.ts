import { flagdFractionalV2 } from '@ballast/evaluation/hashes';
import { quote, refuseFlag } from '../findings.js';
import { all, exists, not, type Truth } from '../logic.js';
import type { ImportServe, ImportSplit } from '../model.js';
import { isLiteral, toOperand } from './operand.js';
import { operation, type Scope } from './scope.js';

const MAX_TOTAL = 2_147_483_647;
/** The largest sum of weights that the engine divides exactly. */
const MAX_EXACT_TOTAL = 2 ** 21;

/** A share of the contexts that have a key to be bucketed by. */
export interface Fraction {
  readonly when: Truth;
  readonly serve: ImportServe;
}

type Weights = ImportSplit['weights'];

/** What is hashed: a text of the file before an attribute. */
interface Bucketing {
  readonly by: string;
  readonly salt: string;
  /** What becomes of an attribute that is not a text: written as one, or nothing is bucketed. */
  readonly isWritten: boolean;
}

function bucketing(value: unknown, scope: Scope): Bucketing | null {
  const operator = operation(value);
  const isWritten = operator?.name === 'cat';
  const operands = (isWritten ? operator.args : [value]).map((part) => toOperand(part, scope));
  const last = operands.at(-1);
  const before = operands.slice(0, -1).map((part) => (part && 'literal' in part && typeof part.literal === 'string' ? part.literal : null));
  if (last && 'attribute' in last && !before.includes(null)) {
    if (isWritten)
      scope.notes.add(
        `Where ${last.attribute} is missing it is bucketed as the text "null", as in flagd; inside an if, flagd takes another text or fails.`,
      );
    return { by: last.attribute, salt: before.join(''), isWritten };
  }
  refuseFlag(scope, `buckets by ${quote(value)}: only one attribute can be bucketed by, with texts before it`);
  return null;
}

function toWeight(bucket: unknown, scope: Scope): Weights {
  const [variant, weight = 1, ...more] = Array.isArray(bucket) ? bucket : [];
  const isNamed = isLiteral(variant) && variant !== null && scope.variants.has(String(variant));
  if (!isNamed || more.length > 0 || typeof weight !== 'number' || !Number.isInteger(weight)) {
    refuseFlag(scope, `has a fraction that is not a variant of the flag with a whole weight: ${quote(bucket)}`);
    return [];
  }
  return weight > 0 ? [{ variant: String(variant), weight }] : [];
}

function totalOf(weights: Weights): number {
  return weights.reduce((sum, { weight }) => sum + weight, 0);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Weights that the engine can divide by: only their proportion counts in flagd. */
function reduced(weights: Weights, scope: Scope): Weights {
  const total = totalOf(weights);
  if (total > MAX_TOTAL) refuseFlag(scope, `has fractions that sum to more than ${MAX_TOTAL}`);
  if (total <= MAX_EXACT_TOTAL) return weights;
  const common = weights.reduce((found, { weight }) => divisor(found, weight), 0);
  if (total / common > MAX_EXACT_TOTAL) refuseFlag(scope, `has fractions that sum to more than ${MAX_EXACT_TOTAL} after reduction`);
  return weights.map(({ variant, weight }) => ({ variant, weight: weight / common }));
}

/** The variant that a text gets which is known beforehand. */
function chosen(key: string, salt: string, weights: Weights): ImportServe {
  let left = flagdFractionalV2.place(salt).choice(key, totalOf(weights));
  const found = weights.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return { variant: found?.variant ?? '' };
}

function isValue(attribute: string, value: string | boolean): Truth {
  return { attribute, op: 'in', values: [value] };
}

/** Contexts whose attribute is no key to split by, but which flagd buckets by a text all the same. */
function withoutKey({ by, salt, isWritten }: Bucketing, weights: Weights): Fraction[] {
  const always = (when: Truth, key: string): Fraction => ({ when, serve: chosen(key, salt, weights) });
  const empty = always(isValue(by, ''), '');
  if (!isWritten) return [empty];
  const booleans = [true, false].map((value) => always(isValue(by, value), String(value)));
  return [empty, ...booleans, always(not(exists(by)), 'null')];
}

function hasKey(by: string): Truth {
  return { bucket: { by, hash: 'native', salt: '', share: 100_000 } };
}

/** `fractional` as splits that keep every context where it is; who is in none of them gets the default variant. */
export function toFractions(args: readonly unknown[], scope: Scope): Fraction[] {
  const [first] = args;
  const isKeyed = first !== undefined && !Array.isArray(first);
  const key = isKeyed ? bucketing(first, scope) : { by: 'targetingKey', salt: scope.flagKey, isWritten: false };
  const weights = reduced(
    (isKeyed ? args.slice(1) : args).flatMap((bucket) => toWeight(bucket, scope)),
    scope,
  );
  const [only, ...others] = weights;
  if (key === null || only === undefined || scope.reasons.size > 0) return [];
  const { by, salt, isWritten } = key;
  const isText: Truth = !isKeyed || isWritten || { attribute: by, op: 'starts_with', values: [''] };
  const split: ImportSplit = { by, hash: 'flagd-fractional-v2', salt, percent: 100, weights, rest: null };
  const serve = others.every(({ variant }) => variant === only.variant) ? { variant: only.variant } : { split };
  return [{ when: all(isText, hasKey(by)), serve }, ...(isKeyed ? withoutKey(key, weights) : [])];
}
