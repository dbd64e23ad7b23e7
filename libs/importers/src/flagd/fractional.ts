import type { ImportServe } from '../model.js';
import { all, type Truth } from './logic.js';
import { isLiteral, toOperand } from './operand.js';
import { operation, quote, refuseFlag, type Scope } from './scope.js';

const MAX_TOTAL = 2_147_483_647;
const THOUSANDTHS = 100_000;

/** A share of the contexts that have a key to be bucketed by. */
export interface Fraction {
  readonly when: Truth;
  readonly serve: ImportServe | null;
}

type Weights = ReadonlyMap<string, number>;

function bucketing(value: unknown, scope: Scope): string | null {
  const operator = operation(value);
  const parts = operator?.name === 'cat' ? operator.args : [value];
  const operands = parts.map((part) => toOperand(part, scope));
  const attributes = operands.flatMap((operand) => (operand !== null && 'attribute' in operand ? [operand.attribute] : []));
  const [only, ...others] = attributes;
  const isKnown = operands.every((operand) => operand !== null && ('attribute' in operand || typeof operand.literal === 'string'));
  if (isKnown && only !== undefined && others.length === 0) return only;
  refuseFlag(scope, `buckets by ${quote(value)}: only one attribute can be bucketed by`);
  return null;
}

function addBucket(bucket: unknown, weights: Map<string, number>, scope: Scope): void {
  const [variant, weight = 1, ...more] = Array.isArray(bucket) ? bucket : [];
  const isNamed = isLiteral(variant) && variant !== null && scope.variants.has(String(variant));
  if (!isNamed || more.length > 0 || typeof weight !== 'number' || !Number.isInteger(weight)) {
    refuseFlag(scope, `has a fraction that is not a variant of the flag with a whole weight: ${quote(bucket)}`);
    return;
  }
  const name = String(variant);
  weights.set(name, (weights.get(name) ?? 0) + Math.max(0, weight));
}

/** Percentages of at most three decimals that sum to 100: the largest remainders are rounded up. */
function toThousandths(weights: Weights): ReadonlyMap<string, number> {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const exact = [...weights].map(([variant, weight]) => ({ variant, share: (weight * THOUSANDTHS) / total }));
  const floors = new Map(exact.map(({ variant, share }) => [variant, Math.floor(share)]));
  const missing = THOUSANDTHS - [...floors.values()].reduce((sum, share) => sum + share, 0);
  const byRemainder = [...exact].sort((a, b) => (b.share % 1) - (a.share % 1)).slice(0, missing);
  for (const { variant } of byRemainder) floors.set(variant, (floors.get(variant) ?? 0) + 1);
  return floors;
}

function noteRounding(weights: Weights, shares: Weights, scope: Scope): void {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const isExact = [...weights].every(([variant, weight]) => (shares.get(variant) ?? 0) * total === weight * THOUSANDTHS);
  if (!isExact) scope.notes.add('The weights of its fractions are rounded to thousandths of a percent.');
}

function toServe(weights: Weights, by: string, scope: Scope): ImportServe | null {
  const listed = new Map([...weights].filter(([, weight]) => weight > 0));
  const [first] = listed.keys();
  if (first === undefined) return null;
  if (listed.size === 1) return { variant: first };
  scope.notes.add('Its fractions became a native split: the shares stay, who is in which does not.');
  const shares = toThousandths(listed);
  noteRounding(listed, shares, scope);
  return { split: { by, percentages: [...shares].map(([variant, share]) => ({ variant, percent: share / 1000 })) } };
}

/** `fractional` as a split; contexts without a text to bucket by get the default variant, as in flagd. */
export function toFraction(args: readonly unknown[], scope: Scope): Fraction {
  const [first] = args;
  const isKeyed = first !== undefined && !Array.isArray(first);
  const by = isKeyed ? bucketing(first, scope) : 'targetingKey';
  const weights = new Map<string, number>();
  for (const bucket of isKeyed ? args.slice(1) : args) addBucket(bucket, weights, scope);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (total > MAX_TOTAL) refuseFlag(scope, `has fractions that sum to more than ${MAX_TOTAL}`);
  if (by === null || scope.reasons.size > 0) return { when: false, serve: null };
  const when = all({ attribute: by, op: 'starts_with', values: [''] }, { not: { attribute: by, op: 'in', values: [''] } });
  return { when, serve: toServe(weights, by, scope) };
}
