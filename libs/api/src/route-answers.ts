import { z } from 'zod';
import { dryRunOf, writeQuery } from './dry-run.js';
import { IDEMPOTENCY_KEY, LOCATION, type Route } from './route.js';

/** Content types of a body that changes parts of a resource. */
export const MERGE_PATCH = ['application/merge-patch+json', 'application/json'];

/** What a write answers: its result, or with `?dryRun=true` what would change. */
export function written(schema: z.ZodType): z.ZodType {
  return z.union([schema, dryRunOf(schema)]);
}

/** What a creation answers. */
export function created(schema: z.ZodType): Route['answer'] {
  return { status: 201, schema: written(schema), headers: [LOCATION] };
}

/** What all creations have in common. */
export const creation = { method: 'post', query: writeQuery, headers: [IDEMPOTENCY_KEY], problems: [409, 422] } as const;
