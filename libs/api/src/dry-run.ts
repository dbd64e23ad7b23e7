import { z } from 'zod';
import { reasonText } from './keys.js';

/** Query member of every write: answer what would change and save nothing. */
export const dryRunQuery = {
  dryRun: z
    .stringbool({ truthy: ['true', ''], falsy: ['false'] })
    .default(false)
    .meta({ description: 'true: answer what would change and save nothing', enum: ['true', 'false', ''] }),
} as const;

/** One difference; `path` is a JSON pointer, `from` is absent when something is added and `to` when it is removed. */
export const difference = z
  .object({ path: z.string(), from: z.unknown().optional(), to: z.unknown().optional() })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof difference>;

/** What a dry run changes in one resource. */
export const resourceDiff = z
  .object({ environment: z.string().nullable(), action: z.string(), kind: z.string(), key: z.string(), changes: z.array(difference) })
  .meta({ id: 'ResourceDiff' });
export type ResourceDiff = z.infer<typeof resourceDiff>;

/** Answer of a write that was asked for with `?dryRun=true`. */
export function dryRunOf<Result extends z.ZodType>(result: Result) {
  return z.object({ dryRun: z.literal(true), diff: z.array(resourceDiff), result });
}

/** Query of a write. */
export const writeQuery = z.strictObject({ ...dryRunQuery, reason: reasonText.optional().meta({ description: 'Why; kept in the audit' }) });
export type WriteQuery = z.infer<typeof writeQuery>;

/** What is said to an error budget policy that stands in the way of a change. */
export const policyQuery = z.strictObject({
  policy: z.enum(['fix', 'override']).optional().meta({
    description: 'fix: this change mends something; override: decided against the policy, with the scope `override`. Both need a reason',
  }),
});

/** Query of a write that error budget policies have a say in. */
export const policedWriteQuery = writeQuery.extend(policyQuery.shape);
