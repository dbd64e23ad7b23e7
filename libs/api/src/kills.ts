import { z } from 'zod';
import { arrival } from './convergence.js';
import { policyQuery, writeQuery } from './dry-run.js';
import { durationUpTo } from './durations.js';
import { reasonText } from './keys.js';

/** Body of a kill; a reason is asked for, never required. */
export const killRequest = z.strictObject({ reason: reasonText.optional() });

/** Body of a restore; says why it is safe again. */
export const restoreRequest = z.strictObject({ reason: reasonText });

/** Query of a kill. */
export const killQuery = writeQuery.extend({
  wait: durationUpTo('30s')
    .optional()
    .meta({ description: 'Answer only when every connected instance has applied it, or after this long; such as 5s, at most 30s' }),
});

/** Query of a restore, which error budget policies have a say in. */
export const restoreQuery = killQuery.extend(policyQuery.shape);

/** Answer to a kill and to a restore. */
export const killState = z
  .object({
    flag: z.string(),
    environment: z.string(),
    killed: z.boolean(),
    changed: z.boolean().meta({ description: 'False when it was so already; the first actor and time are kept' }),
    kill: z.object({ actor: z.string(), reason: z.string().nullable(), killedAt: z.string() }).nullable(),
    serves: z
      .object({ variant: z.string(), value: z.unknown() })
      .nullable()
      .meta({ description: 'What a killed flag serves; null: the code default, or not killed' }),
    revision: z.int().nullable().meta({ description: 'The new revision; null when nothing changed' }),
    arrival: arrival.optional().meta({ description: 'How far it came; when `wait` was asked for' }),
  })
  .meta({ id: 'KillState' });
export type KillState = z.infer<typeof killState>;
