import { z } from 'zod';
import { nameText, ownerText, placeKey, reasonText } from './keys.js';
import { LIMITS } from './limits.js';
import { pageOf } from './pagination.js';

const ttlDays = z.int().min(1).max(LIMITS.ttlDays.max);

/** A project: its flags and segments are shared by its environments. */
export const project = z
  .object({
    key: z.string(),
    name: z.string(),
    defaultOwner: z.string().nullable().meta({ description: 'Owner of flags that an import creates without naming one' }),
    defaultTtlDays: z.int().nullable().meta({ description: 'Days until a temporary flag expires when an import names no date' }),
    createdAt: z.string(),
  })
  .meta({ id: 'Project' });
export type ProjectView = z.infer<typeof project>;
export const projectPage = pageOf(project);

/** Body that creates a project. */
export const createProject = z.strictObject({
  key: placeKey,
  name: nameText.optional(),
  defaultOwner: ownerText.optional(),
  defaultTtlDays: ttlDays.optional(),
  reason: reasonText.optional(),
});
export type CreateProject = z.infer<typeof createProject>;

/** Body that merge-patches a project; null removes a default. */
export const patchProject = z.strictObject({
  name: nameText.optional(),
  defaultOwner: ownerText.nullable().optional(),
  defaultTtlDays: ttlDays.nullable().optional(),
  reason: reasonText.optional(),
});
export type PatchProject = z.infer<typeof patchProject>;

/** An environment: one stream of revisions. */
export const environment = z
  .object({ key: z.string(), name: z.string(), createdAt: z.string(), revision: z.int() })
  .meta({ id: 'Environment' });
export type EnvironmentView = z.infer<typeof environment>;
export const environmentPage = pageOf(environment);

/** Body that creates an environment; every flag of the project is there at once, switched off. */
export const createEnvironment = z.strictObject({ key: placeKey, name: nameText.optional(), reason: reasonText.optional() });
export type CreateEnvironment = z.infer<typeof createEnvironment>;

/** Body that merge-patches an environment. */
export const patchEnvironment = z.strictObject({ name: nameText.optional(), reason: reasonText.optional() });
export type PatchEnvironment = z.infer<typeof patchEnvironment>;
