import { z } from 'zod';
import { durationUpTo } from './durations.js';
import { flagConfig } from './flags.js';
import { reasonText } from './keys.js';

/** Body that approves one change of a flag in an environment. */
export const createApproval = z.strictObject({
  reason: reasonText,
  config: flagConfig.optional().meta({
    description: 'What the flag may be changed to, complete, as it is now; without it, that it may be restored as it is while it is killed',
  }),
  expiresIn: durationUpTo('7d')
    .default(86_400_000)
    .meta({ description: 'How long it may be used; such as 2h, at most 7d; 24h when absent' }),
});
export type CreateApproval = z.infer<typeof createApproval>;

/** An approval as it is answered. */
export const approvalView = z
  .object({
    id: z.string(),
    flag: z.string(),
    environment: z.string(),
    state: z
      .enum(['open', 'used', 'withdrawn', 'expired', 'outdated'])
      .meta({ description: 'outdated: the flag or its configuration has changed since' }),
    config: z.unknown().meta({ description: 'What the flag may be changed to' }),
    flagVersion: z.int(),
    configVersion: z.int().meta({ description: 'From which version on' }),
    reason: z.string(),
    approvedBy: z.string(),
    approvedAt: z.string(),
    expiresAt: z.string(),
    usedBy: z.string().nullable(),
    usedAt: z.string().nullable(),
    withdrawnBy: z.string().nullable(),
    withdrawnAt: z.string().nullable(),
  })
  .meta({ id: 'Approval' });
export type ApprovalView = z.infer<typeof approvalView>;
export const approvalList = z.object({ items: z.array(approvalView) });
