import type { FlagValue } from '@ballast/evaluation';
import { z } from 'zod';
import { condition } from './conditions.js';
import { keyed } from './keyed.js';
import { anyKey, moment, nameText, newKey, ownerText, reasonText, storableText, textOfUnits } from './keys.js';
import { LIMITS } from './limits.js';
import { pageOf, pageQuery } from './pagination.js';
import { serve } from './serve.js';

/** What a flag is for; kill-switch, permission and config are permanent, the others expire. */
export const flagKind = z
  .enum(['release', 'experiment', 'operational', 'migration', 'kill-switch', 'permission', 'config'])
  .meta({ id: 'FlagKind' });
export type FlagKind = z.infer<typeof flagKind>;

/** Type of every variant of a flag. */
export const flagType = z.enum(['boolean', 'string', 'number', 'object']).meta({ id: 'FlagType' });

/** Name of a variant. */
export const variantName = textOfUnits(LIMITS.variantNameLength.max);

/** What a variant holds: anything JSON but null. */
export const flagValue = z
  .custom<FlagValue>((value) => value !== null && value !== undefined, 'must not be null: leave the variant out to serve the code default')
  .meta({ description: 'A boolean, a string, a number, an object or an array' });

const variants = keyed(variantName, flagValue);
const metadataValue = z.union([storableText.max(LIMITS.metadataValueLength.max), z.number(), z.boolean()]);
const metadata = keyed(variantName, metadataValue);
const description = storableText.max(LIMITS.descriptionLength.max);
const tags = z.array(storableText.trim().min(1).max(LIMITS.tagLength.max)).max(LIMITS.tagsPerFlag.max);
const ttlDays = z.int().min(1).max(LIMITS.ttlDays.max);
const valueSchema = z.union([z.boolean(), z.looseObject({})]).meta({ description: 'JSON Schema, draft 2020-12 or draft-07' });

/** What must be said of a flag, apart from its key and type. */
const fields = {
  name: nameText,
  description,
  kind: flagKind,
  variants,
  safeVariant: variantName.nullable(),
  owner: ownerText,
  expiresAt: moment.nullable(),
  tags,
  clientVisible: z.boolean(),
  schema: valueSchema.nullable(),
  metadata,
};

/** Body that creates a flag, switched off in every environment. */
export const createFlag = z.strictObject({
  ...fields,
  key: newKey,
  type: flagType,
  name: nameText.optional(),
  description: description.default(''),
  safeVariant: variantName.optional(),
  owner: ownerText.optional(),
  expiresAt: moment.optional(),
  ttlDays: ttlDays.optional(),
  tags: tags.default([]),
  clientVisible: z.boolean().default(false),
  schema: valueSchema.optional(),
  metadata: metadata.optional(),
  reason: reasonText.optional(),
});
export type CreateFlag = z.infer<typeof createFlag>;

/** What a merge patch of a flag must lead to. */
export const patchedFlag = z.strictObject({
  ...fields,
  safeVariant: variantName.optional(),
  expiresAt: moment.optional(),
  schema: valueSchema.optional(),
});
export type PatchedFlag = z.infer<typeof patchedFlag>;

/** Body that merge-patches a flag (RFC 7396); its result must be a `PatchedFlag`. */
export const patchFlag = z.strictObject({
  name: z.unknown().optional(),
  description: z.unknown().optional(),
  kind: z.unknown().optional(),
  variants: z.unknown().optional(),
  safeVariant: z.unknown().optional(),
  owner: z.unknown().optional(),
  expiresAt: z.unknown().optional(),
  ttlDays: ttlDays.optional(),
  tags: z.unknown().optional(),
  clientVisible: z.unknown().optional(),
  schema: z.unknown().optional(),
  metadata: z.unknown().optional(),
  reason: reasonText.optional(),
});
export type PatchFlag = z.infer<typeof patchFlag>;

const prerequisite = z.strictObject({ flag: anyKey, variants: z.array(variantName).min(1).max(LIMITS.variantsPerFlag.max) });

const rule = z.strictObject({
  id: storableText.min(1).max(LIMITS.nameLength.max).optional(),
  description: description.optional(),
  when: condition,
  serve,
});

/** A flag's configuration in one environment, as people edit it. */
export const flagConfig = z
  .strictObject({
    on: z.boolean(),
    offVariant: variantName.nullable().optional(),
    rules: z.array(rule).max(LIMITS.rulesPerFlag.max, `must have at most ${LIMITS.rulesPerFlag.max} rules (rulesPerFlag)`).default([]),
    default: serve.nullable().default(null),
    prerequisites: z.array(prerequisite).max(LIMITS.prerequisitesPerFlag.max).default([]),
  })
  .meta({ id: 'FlagConfig' });
export type FlagConfigInput = z.infer<typeof flagConfig>;

/** Body that replaces a configuration. */
export const putFlagConfig = flagConfig.extend({ reason: reasonText.optional() });

/** Body that takes over the configuration of another environment. */
export const copyFlagConfig = z.strictObject({ from: z.string().min(1), reason: reasonText.optional() });

/** Body that goes back to the configuration as it was after a change. */
export const revertFlagConfig = z.strictObject({
  changeId: z.string().regex(/^\d{1,18}$/, 'is not the id of a change'),
  reason: reasonText.optional(),
});

const killRecord = z.object({ actor: z.string(), reason: z.string().nullable(), killedAt: z.string() }).meta({ id: 'Kill' });
export type KillRecord = z.infer<typeof killRecord>;

/** A configuration as it is answered. */
export const flagConfigView = z
  .object({
    flag: z.string(),
    environment: z.string(),
    on: z.boolean(),
    offVariant: z.string().nullable(),
    rules: z.array(rule.required({ id: true })),
    default: serve.nullable(),
    prerequisites: z.array(prerequisite),
    version: z.int().meta({ description: 'Counts the saves of this configuration; the ETag' }),
    updatedBy: z.string().nullable(),
    updatedAt: z.string().nullable(),
    kill: killRecord.nullable(),
  })
  .meta({ id: 'FlagConfigView' });
export type FlagConfigView = z.infer<typeof flagConfigView>;

/** A flag's state in one environment, in short. */
const flagState = z.object({ environment: z.string(), on: z.boolean(), killed: z.boolean() });

/** A flag as it is answered. */
export const flagView = z
  .object({
    key: z.string(),
    type: flagType,
    ...fields,
    expiresAt: z.string().nullable(),
    version: z.int(),
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    archivedAt: z.string().nullable(),
    environments: z.array(flagState),
  })
  .meta({ id: 'Flag' });
export type FlagView = z.infer<typeof flagView>;

/** One page of flags. */
export const flagPage = pageOf(flagView);

/** Query of the list of flags. Without `state`: everything that is not archived. */
export const listFlagsQuery = z.strictObject({
  ...pageQuery,
  owner: z.string().optional(),
  kind: flagKind.optional(),
  tag: z.string().optional(),
  state: z
    .enum(['active', 'expired', 'killed', 'archived'])
    .optional()
    .meta({ description: 'active: neither archived nor expired; killed: killed in at least one environment' }),
  expiringBefore: moment.optional(),
  q: z.string().max(LIMITS.nameLength.max).optional().meta({ description: 'Part of the key, name or description' }),
});
export type ListFlagsQuery = z.infer<typeof listFlagsQuery>;
