import { z } from 'zod';
import { attributeName } from './conditions.js';
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

const percentage = z.strictObject({
  variant: storableText.min(1).max(LIMITS.variantNameLength.max),
  percent: z
    .number()
    .min(0)
    .max(100)
    .refine((percent) => toThousandths(percent) !== null, 'must have at most three decimals'),
});

function hasWholeSum(percentages: readonly { readonly percent: number }[]): boolean {
  return percentages.reduce((sum, { percent }) => sum + (toThousandths(percent) ?? 0), 0) === WHOLE;
}

function namesEachOnce(percentages: readonly { readonly variant: string }[]): boolean {
  return new Set(percentages.map(({ variant }) => variant)).size === percentages.length;
}

/** Variants by percentage of contexts. */
export const split = z
  .strictObject({
    by: attributeName.optional().meta({ description: 'Attribute that decides who gets what; targetingKey unless said' }),
    rest: storableText.min(1).max(LIMITS.variantNameLength.max).optional().meta({
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

/** What a rule or the default serves. */
export const serve = z
  .union([z.strictObject({ variant: storableText.min(1).max(LIMITS.variantNameLength.max) }), z.strictObject({ split })])
  .meta({ id: 'Serve' });
export type AdminServe = z.infer<typeof serve>;
