import type { EvaluationContext } from '@ballast/evaluation';
import { z } from 'zod';
import { flagType } from './flags.js';
import { LIMITS } from './limits.js';

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSmall(value: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(value)).length <= LIMITS.contextBytes.max;
}

/** How deep a JSON value nests; a value without members has depth 0. */
function isShallow(value: unknown): boolean {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: held, depth } = next;
    if (typeof held !== 'object' || held === null) continue;
    if (depth >= LIMITS.contextDepth.max) return false;
    open.push(...Object.values(held).map((member: unknown) => ({ value: member, depth: depth + 1 })));
  }
  return true;
}

/** OpenFeature's evaluation context, bounded; it is kept as it came, so that a member named `__proto__` is one like any other. */
export const evaluationContext = z
  .custom<EvaluationContext>(isObject, 'must be an object')
  .refine(isShallow, `must nest at most ${LIMITS.contextDepth.max} levels (contextDepth)`)
  .refine(isSmall, `must be at most ${LIMITS.contextBytes.max} bytes (contextBytes)`)
  .meta({ type: 'object', additionalProperties: true, description: 'Evaluation context with an optional targetingKey' });

/** Body that asks what a flag answers to a context; `type` is the type that the caller expects. */
export const evaluateRequest = z.strictObject({ context: evaluationContext.default({}), type: flagType.optional() });
export type EvaluateRequest = z.infer<typeof evaluateRequest>;

const resolution = z
  .object({
    flag: z.string(),
    version: z.int(),
    reason: z.string(),
    variant: z.string().optional(),
    value: z.unknown().optional(),
    errorCode: z.string().optional(),
    errorMessage: z.string().optional(),
    stage: z.string().optional(),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'Resolution' });

/** What a flag answers, at which revision, and every step on the way there. */
export const evaluation = z
  .object({
    flag: z.string(),
    environment: z.string(),
    revision: z.int(),
    reason: z.string(),
    resolution,
    explanation: z
      .looseObject({})
      .meta({ description: 'State, prerequisites, rules with their conditions, buckets; what was not reached is not listed' }),
  })
  .meta({ id: 'Evaluation' });
