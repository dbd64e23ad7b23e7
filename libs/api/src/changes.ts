import { z } from 'zod';
import { difference } from './dry-run.js';
import { moment, storableText } from './keys.js';
import { LIMITS } from './limits.js';
import { pageOf, pageQuery } from './pagination.js';

/** One line of the audit: who changed what, when and why. */
export const auditedChange = z
  .object({
    id: z.string(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    reason: z.string().nullable(),
    environment: z.string().nullable(),
    revision: z.int().nullable().meta({ description: 'The revision it made in its environment; null when clients feel nothing' }),
    resource: z.object({ kind: z.string(), key: z.string() }),
    diff: z.array(difference),
  })
  .meta({ id: 'AuditedChange' });
export type AuditedChange = z.infer<typeof auditedChange>;
export const auditedChangePage = pageOf(auditedChange);

/** One line of the audit with the whole resource before and after. */
export const auditedChangeDetails = auditedChange.extend({ before: z.unknown(), after: z.unknown() }).meta({ id: 'AuditedChangeDetails' });
export type AuditedChangeDetails = z.infer<typeof auditedChangeDetails>;

const filter = storableText.min(1).max(LIMITS.nameLength.max).optional();

/** Query of the audit, newest first; `since` is included, `until` is not. */
export const listChangesQuery = z.strictObject({
  ...pageQuery,
  actor: filter,
  action: filter,
  kind: filter.meta({ description: 'Kind of the resource, such as flag or segment' }),
  key: filter.meta({ description: 'Key of the resource' }),
  environment: filter,
  since: moment.optional(),
  until: moment.optional(),
});
export type ListChangesQuery = z.infer<typeof listChangesQuery>;
