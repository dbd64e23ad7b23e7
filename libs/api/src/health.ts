import { z } from 'zod';
import { durationUpTo } from './durations.js';
import { moment, placeKey, textOfUnits } from './keys.js';
import { LIMITS } from './limits.js';

/** Longest range of one health query. */
export const HEALTH_MAX_DAYS = 400;
/** Most points of a series in one answer. */
export const HEALTH_MAX_POINTS = 1_500;

const share = z.number().nullable();

const metrics = z
  .object({
    successRate: share.meta({ description: 'M1: share of outcomes without an error' }),
    p95Ms: share.meta({ description: 'M2: 95th percentile of latency in milliseconds, within 2.2 %' }),
    slowRate: share.meta({ description: 'M2: share of outcomes slower than 500 ms, of the programs that measure that' }),
    errorRate: share.meta({ description: 'M3' }),
    burnRate: share.meta({ description: 'M4, against the target of this answer' }),
    errorDelta: share.meta({ description: 'M5: errors beside the baseline; 0.05 is 5 % more. To be shown, not to decide by' }),
    latencyDelta: share.meta({ description: 'M5: p95 beside the baseline' }),
    retriesPerCall: share.meta({ description: 'M6: retries per call that passed a guard' }),
    openRate: share.meta({ description: 'M7: share of the time that circuit breakers were watched in which they were open' }),
    invalidRate: share.meta({ description: 'M8: share of validations that failed' }),
    saturation: share.meta({
      description:
        'M9: of the resource that the back ends of the environment run out of first, on average; null where none reports, and from 35 days ago on',
    }),
    coverage: share.meta({
      description: 'M10: share of batches that arrived, times the share of back ends that report where that is known',
    }),
  })
  .meta({ id: 'Metrics', description: 'null where nothing was measured, which is neither good nor bad' });

const counts = z.object({ exposures: z.number(), exposuresFirst: z.number(), ok: z.number(), err: z.number(), errFirst: z.number() });
const variant = z.string().nullable().meta({ description: 'null: the code default was used' });
const range = { from: z.string(), to: z.string().meta({ description: 'Excluded; on a closed minute' }), target: z.number() };

const instances = z
  .object({
    reported: z.int().meta({ description: 'That sent anything since the range began; what came by OpenTelemetry names none' }),
    connected: z
      .int()
      .nullable()
      .meta({ description: 'Back ends with a stream now, of the first 200; null for ranges that ended some minutes ago' }),
    reporting: z.int().nullable().meta({ description: 'Those of them that have sent something in the last three minutes' }),
    silent: z.array(z.string()).meta({ description: 'Those that have not, 20 at most' }),
    busiest: z
      .object({ instance: z.string(), saturation: z.number(), at: z.string() })
      .nullable()
      .meta({ description: 'The back end that was busiest within the range, and in which minute' }),
  })
  .meta({ id: 'Instances', description: 'Whose telemetry this is' });

const fields = {
  from: moment.optional().meta({ description: 'An hour before `to` unless said' }),
  to: moment.optional().meta({ description: 'The last closed minute unless said' }),
  step: durationUpTo('30d').optional().meta({ description: 'Whole minutes, such as 5m, 1h or 1d; about 60 points unless said' }),
};

/** Query of a flag's health. */
export const healthQuery = z.strictObject({
  ...fields,
  baseline: textOfUnits(LIMITS.variantNameLength.max)
    .optional()
    .meta({ description: 'Variant that others are shown beside; the off variant unless said' }),
});
export type HealthQuery = z.infer<typeof healthQuery>;

/** Query of the health of a project. */
export const projectHealthQuery = z.strictObject({
  from: fields.from,
  to: fields.to,
  environment: placeKey,
  tag: textOfUnits(LIMITS.tagLength.max).optional(),
  service: textOfUnits(LIMITS.tagLength.max).optional().meta({ description: 'Flags with the tag service:<name>' }),
});
export type ProjectHealthQuery = z.infer<typeof projectHealthQuery>;

/** The ten metrics of a flag in one environment. */
export const flagHealth = z
  .object({
    flag: z.string(),
    environment: z.string(),
    ...range,
    stepSeconds: z.int(),
    baseline: variant,
    instances,
    total: z.object({ counts, metrics }),
    variants: z.array(z.object({ variant, isBaseline: z.boolean(), counts, metrics })),
    series: z
      .array(z.object({ at: z.string(), variant, counts, metrics }))
      .meta({ description: 'One entry per step and variant that has counts' }),
    objectives: z.array(z.string()).meta({ description: 'Names of the objectives about this flag' }),
  })
  .meta({ id: 'FlagHealth' });
export type FlagHealth = z.infer<typeof flagHealth>;

/** The ten metrics of many flags in one environment, and of each of them. */
export const projectHealth = z
  .object({
    project: z.string(),
    environment: z.string(),
    ...range,
    instances,
    total: z.object({ counts, metrics }),
    flags: z.array(z.object({ flag: z.string(), counts, metrics })).meta({ description: 'Worst error rate first; 200 at most' }),
    isComplete: z.boolean(),
  })
  .meta({ id: 'ProjectHealth' });
export type ProjectHealth = z.infer<typeof projectHealth>;
