import { z } from 'zod';
import { attributeName, hashName, saltText } from './conditions.js';
import { storableText } from './keys.js';
import { LIMITS } from './limits.js';

/** Thousandths of a percent that make the whole. */
export const WHOLE = 100_000;

/** A percentage as whole thousandths of a percent, forgiving float noise; null when it has more than three decimals. */
export function toThousandths(percent: number): number | null {
  const scaled = percent * 1_000;
  const whole = Math.round(scaled);
  return Math.abs(scaled - whole) < 1e-6 ? whole : null;
}

const variant = storableText.min(1).max(LIMITS.variantNameLength.max);
const percent = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => toThousandths(value) !== null, 'must have at most three decimals');

const percentage = z.strictObject({ variant, percent });

function hasWholeSum(percentages: readonly { readonly percent: number }[]): boolean {
  return percentages.reduce((sum, { percent }) => sum + (toThousandths(percent) ?? 0), 0) === WHOLE;
}

function namesEachOnce(percentages: readonly { readonly variant: string }[]): boolean {
  return new Set(percentages.map(({ variant }) => variant)).size === percentages.length;
}

/** Variants by percentage of contexts. */
const nativeSplit = z
  .strictObject({
    by: attributeName.optional().meta({ description: 'Attribute that decides who gets what; targetingKey unless said' }),
    rest: variant.optional().meta({
      description: 'Variant that shrinks when the others grow; unless said the off variant if it is listed, else the last one listed',
    }),
    percentages: z
      .array(percentage)
      .min(1)
      .max(LIMITS.variantsPerFlag.max)
      .refine(hasWholeSum, 'must sum to exactly 100')
      .refine(namesEachOnce, 'must name each variant once'),
  })
  .refine(({ rest, percentages }) => rest === undefined || percentages.some(({ variant }) => variant === rest), {
    path: ['rest'],
    message: 'must be one of the variants listed',
  });

const MAX_WEIGHT_TOTAL = 2 ** 21;

function totalOf(weights: readonly { readonly weight: number }[]): number {
  return weights.reduce((sum, { weight }) => sum + weight, 0);
}

/**
 * A split that buckets as another system does, so that nobody moves when it is imported or its percentages are edited: the order and the
 * total of the weights count, and so do hash, salt and attribute.
 */
const importedSplit = z
  .strictObject({
    by: attributeName.optional().meta({ description: 'Attribute that decides who gets what; targetingKey unless said' }),
    hash: hashName.meta({ description: 'How contexts are bucketed' }),
    salt: saltText.meta({ description: 'Stands before the key: groupId in Unleash, usually the flag key in flagd' }),
    percent: percent.optional().meta({ description: 'Percentage of contexts that get one of the weights; 100 unless said' }),
    weights: z
      .array(z.strictObject({ variant, weight: z.int().min(0).max(MAX_WEIGHT_TOTAL) }))
      .min(1)
      .max(LIMITS.variantsPerFlag.max)
      .refine((weights) => totalOf(weights) > 0, 'must not all be 0')
      .refine((weights) => totalOf(weights) <= MAX_WEIGHT_TOTAL, `must sum to at most ${MAX_WEIGHT_TOTAL}`)
      .meta({ description: 'Whole weights of those who are in, in the order that decides' }),
    rest: variant.nullable().optional().meta({ description: 'What the others get; the code default unless said' }),
  })
  .meta({ id: 'HashedSplit' });

/** How contexts are divided between variants: by percentages, or as another system divides them. */
export const split = z.union([nativeSplit, importedSplit]);

/** What a rule or the default serves. */
export const serve = z.union([z.strictObject({ variant }), z.strictObject({ split })]).meta({ id: 'Serve' });
export type AdminServe = z.infer<typeof serve>;
