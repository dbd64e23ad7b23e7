import { z } from 'zod';
import { writeQuery } from './dry-run.js';
import { moment, nameText, ownerText } from './keys.js';
import { LIMITS } from './limits.js';

/** Formats that can be imported. */
export const importFormat = z.enum(['flagd', 'unleash']).meta({ id: 'ImportFormat' });

/** Query of an import. Owner and expiry are for flags that the project does not have yet; unless said, the project's defaults apply. */
export const importQuery = writeQuery.extend({
  format: importFormat,
  from: nameText.optional().meta({ description: 'Environment of an Unleash export to take, where it holds several' }),
  owner: ownerText.optional(),
  ttlDays: z.coerce.number().int().min(1).max(LIMITS.ttlDays.max).optional().meta({ description: 'Days until the flag expires' }),
  expiresAt: moment.optional().meta({ description: 'Instead of ttlDays' }),
});
export type ImportQuery = z.infer<typeof importQuery>;

const importOutcome = z.enum(['created', 'changed', 'unchanged', 'refused']);

/** What became of one flag of the file. */
export const importedItem = z
  .object({
    key: z.string(),
    outcome: importOutcome,
    reasons: z.array(z.string()).meta({ description: 'Why it was refused' }),
    notes: z.array(z.string()).meta({ description: 'What differs from the system it comes from' }),
  })
  .meta({ id: 'ImportedItem' });
export type ImportedItem = z.infer<typeof importedItem>;

/** What became of an import, flag by flag. */
export const importReport = z
  .object({
    format: importFormat,
    created: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    items: z.array(importedItem),
  })
  .meta({ id: 'ImportReport' });
export type ImportReport = z.infer<typeof importReport>;
