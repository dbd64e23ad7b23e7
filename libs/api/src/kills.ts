import { z } from 'zod';
import { reasonText } from './keys.js';

/** Body of a kill; a reason is asked for, never required. */
export const killRequest = z.strictObject({ reason: reasonText.optional() });

/** Body of a restore; says why it is safe again. */
export const restoreRequest = z.strictObject({ reason: reasonText });

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
  })
  .meta({ id: 'KillState' });
export type KillState = z.infer<typeof killState>;
