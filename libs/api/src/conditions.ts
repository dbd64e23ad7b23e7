import type { Condition } from '@ballast/evaluation';
import { z } from 'zod';
import { anyKey, storableText } from './keys.js';
import { LIMITS } from './limits.js';

/** Every operator a condition may use. */
export const operator = z
  .enum([
    'in',
    'starts_with',
    'ends_with',
    'contains',
    'matches',
    '=',
    '<',
    '<=',
    '>',
    '>=',
    'before',
    'after',
    'semver_=',
    'semver_<',
    'semver_<=',
    'semver_>',
    'semver_>=',
    'number_=',
    'number_<',
    'number_<=',
    'number_>',
    'number_>=',
    'in_cidr',
    'exists',
  ])
  .meta({ id: 'Operator' });

/** Name of a context attribute: a top-level member, or a JSON pointer when it starts with `/`. */
export const attributeName = storableText
  .min(1)
  .max(LIMITS.keyLength.max)
  .refine((name) => !name.startsWith('/') || !/~(?![01])/.test(name), 'is not a JSON pointer');

/** Bucketing algorithms: `native` unless the split was imported. */
export const hashName = z.enum(['native', 'unleash-murmur3', 'flagd-fractional-v2']).meta({ id: 'Hash' });

/** What a hash stands before the key: a flag's own salt, or the groupId or prefix of the system it was imported from. */
export const saltText = storableText.max(LIMITS.keyLength.max);

/** A share of all contexts as a condition: it holds for those with a key at one of the first positions of 100 000. */
const bucket = z.strictObject({ by: attributeName, hash: hashName, salt: saltText, share: z.int().min(0).max(100_000) });

const conditionValue = z.union([storableText.max(LIMITS.conditionTextLength.max), z.number(), z.boolean()]);

const attributeCondition = z.strictObject({
  attribute: attributeName,
  op: operator,
  values: z.array(conditionValue).max(LIMITS.valuesPerCondition.max),
  ignoreCase: z.literal(true).optional(),
});

const parts = z.lazy(() => z.array(condition).max(LIMITS.conditionsPerRule.max));

/** What a context must satisfy. */
export const condition: z.ZodType<Condition, Condition> = z
  .union([
    z.strictObject({ all: parts }),
    z.strictObject({ any: parts }),
    z.strictObject({ not: z.lazy(() => condition) }),
    z.strictObject({ segment: anyKey }),
    z.strictObject({ bucket }),
    attributeCondition,
  ])
  .meta({ id: 'Condition' });
