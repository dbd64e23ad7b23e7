import { z } from 'zod';
import { anyKey, moment, textOfUnits } from './keys.js';
import { LIMITS } from './limits.js';

/** The largest value of one event, either way. */
const MAX_VALUE = 1_000_000_000;

const exposure = z.strictObject({
  flag: anyKey,
  variant: textOfUnits(LIMITS.variantNameLength.max).nullable().meta({ description: 'null: the code default was used' }),
  version: z.int().min(0).optional().meta({ description: 'Of the flag; the current one unless said' }),
  stage: textOfUnits(LIMITS.keyLength.max).optional().meta({ description: 'The rollout step that served it' }),
});

const outcome = z.strictObject({
  event: textOfUnits(LIMITS.keyLength.max).meta({ description: 'What happened: a few names, such as order-placed' }),
  value: z.number().min(-MAX_VALUE).max(MAX_VALUE).default(0).meta({ description: 'What is added up, to a millionth' }),
  at: moment.optional().meta({ description: 'When; now unless said. Nothing older than 48 hours is counted' }),
  exposures: z.array(exposure).min(1).max(LIMITS.exposuresPerOutcome.max).meta({ description: 'The variants that were seen before' }),
});

/** What came of variants, as a program without an SDK reports it. */
export const outcomeReport = z
  .strictObject({ outcomes: z.array(outcome).min(1).max(LIMITS.outcomesPerReport.max) })
  .meta({ id: 'OutcomeReport' });
export type OutcomeReport = z.output<typeof outcomeReport>;

/** Answer to a report. */
export const outcomeReceipt = z
  .object({
    counted: z.int().meta({ description: 'Pairs of an event and a variant that were counted' }),
    rejected: z.int().meta({ description: 'Pairs about flags or variants that do not exist, or too old; they are not counted' }),
    duplicate: z.boolean().meta({ description: 'Whether a report under this Idempotency-Key was counted before; nothing was counted now' }),
  })
  .meta({ id: 'OutcomeReceipt' });
export type OutcomeReceipt = z.infer<typeof outcomeReceipt>;

const trackedEvent = z.object({
  event: z.string().meta({ description: 'Empty: events beyond the bound on their names' }),
  variant: z.string().nullable().meta({ description: 'null: the code default was used' }),
  version: z.int(),
  stage: z.string().nullable(),
  count: z.int(),
  sum: z.number().meta({ description: 'Of the values that came with them' }),
});
export type TrackedEvent = z.infer<typeof trackedEvent>;

/** Which events followed on which variants of a flag. */
export const trackedEvents = z
  .object({ flag: z.string(), environment: z.string(), from: z.string(), to: z.string(), events: z.array(trackedEvent) })
  .meta({ id: 'TrackedEvents' });
export type TrackedEvents = z.infer<typeof trackedEvents>;
