import { z } from 'zod';
import { moment } from './keys.js';

/** Longest range of one exposures query: as long as slots are kept. */
export const EXPOSURES_MAX_HOURS = 48;

const latency = z
  .object({ p50: z.number(), p95: z.number(), p99: z.number() })
  .nullable()
  .meta({ description: 'Milliseconds, within 2.2 %; null when no outcome was timed' });

const counts = {
  exposures: z.int().meta({ description: 'Evaluations counted' }),
  ok: z.int().meta({ description: 'Runs that ended well' }),
  err: z.int().meta({ description: 'Runs that threw' }),
  exposuresFirst: z.int().meta({ description: 'Contexts that met their variant in their rollout step for the first time' }),
  errFirst: z.int().meta({ description: 'Contexts of these whose run threw for the first time' }),
};

const outcome = {
  ...counts,
  errorRate: z.number().nullable().meta({ description: 'err of all outcomes; null without outcomes' }),
  latency,
};

const variant = z.string().nullable().meta({ description: 'null: the code default was used' });

/** Query of the exposures of a flag: a range of at most 48 hours; unless said, the last hour. */
export const exposuresQuery = z.strictObject({ from: moment.optional(), to: moment.optional() });
export type ExposuresQuery = z.infer<typeof exposuresQuery>;

/** How often a flag was evaluated in one environment, and what came of it. */
export const exposures = z
  .object({
    flag: z.string(),
    environment: z.string(),
    from: z.string(),
    to: z.string(),
    stepSeconds: z.int().meta({ description: 'Length of one entry of slots' }),
    totals: z.object(outcome),
    variants: z.array(z.object({ variant, ...outcome })),
    series: z.array(z.object({ version: z.int(), variant, reason: z.string(), stage: z.string().nullable(), ...outcome })),
    isComplete: z.boolean().meta({ description: 'false when there are more series than are listed; totals and variants count them all' }),
    slots: z.array(z.object({ at: z.string(), variant, ...counts })),
  })
  .meta({ id: 'Exposures' });
export type Exposures = z.infer<typeof exposures>;

/** Answer to a telemetry batch: counted now, or known from an earlier delivery. */
export const telemetryReceipt = z
  .object({
    accepted: z.int().meta({ description: 'Batches counted by this request' }),
    duplicate: z.boolean().meta({ description: 'Whether a batch of this request had been counted before' }),
    rejectedRows: z.int().meta({ description: 'Rows about flags, variants or reasons that do not exist; they are not counted' }),
    expired: z.int().meta({ description: 'Batches older than 48 hours among several; they are not counted' }),
  })
  .meta({ id: 'TelemetryReceipt' });
export type TelemetryReceipt = z.infer<typeof telemetryReceipt>;

const bytes = z.int().meta({ description: 'With indexes' });

/** How much room telemetry takes in the database. */
export const telemetryStorage = z
  .object({
    bytes: z.int().meta({ description: 'All of it' }),
    levels: z.array(
      z.object({
        table: z.enum(['counter', 'counter_minute', 'counter_hour', 'counter_day']),
        stepSeconds: z.int().meta({ description: 'Length of one slot' }),
        keptHours: z.int().meta({ description: 'How long a slot is kept at least; it goes with its partition' }),
        partitions: z.int(),
        rows: z.int().meta({ description: "PostgreSQL's own estimate" }),
        bytes,
        since: z.string().nullable().meta({ description: 'Where the partitions begin; null without any' }),
      }),
    ),
    senders: z.object({ rows: z.int(), bytes }).meta({ description: 'Who has sent what; one row for each instance of two days' }),
  })
  .meta({ id: 'TelemetryStorage' });
export type TelemetryStorage = z.infer<typeof telemetryStorage>;

/** What the telemetry of one environment consists of: the flags that take the most rows first, at most 200 of them. */
export const telemetryUsage = z
  .object({
    environment: z.string(),
    senders: z
      .object({
        instances: z.int(),
        batches: z.int().meta({ description: 'Batches that were counted' }),
        missing: z.int().meta({ description: 'Batches with a smaller number than one that was counted, which have not come' }),
        dropped: z.int().meta({
          description:
            'Evaluations and outcomes that clients could not count, or beyond what one sender has room for; of OpenTelemetry too',
        }),
      })
      .meta({ description: 'Of the last hour' }),
    flags: z.array(
      z.object({
        flag: z.string(),
        rows: z.object({ slots: z.int(), minutes: z.int(), hours: z.int(), days: z.int() }),
        bytes: z.int().meta({ description: 'By the average size of a row' }),
        series: z.int().meta({ description: 'Series of the last 24 hours' }),
        overflow: z.int().meta({ description: 'Evaluations of the last 24 hours that had to share a series, since there were too many' }),
      }),
    ),
    unknown: z
      .array(
        z.object({
          flag: z.string(),
          keys: z
            .enum(['server', 'client'])
            .meta({ description: 'Kind of SDK key that asked; anybody can make up what is asked with a public one' }),
          evaluations: z.int(),
          firstSeenAt: z.string(),
          lastSeenAt: z.string(),
          isHidden: z.boolean().meta({ description: 'There is a flag of this key: it is archived, younger, or not shown to public keys' }),
        }),
      )
      .meta({
        description:
          'Flags that SDKs ask for and do not get, by kind of key the 100 that were asked for most; 14 days after they were last asked for',
      }),
  })
  .meta({ id: 'TelemetryUsage' });
export type TelemetryUsage = z.infer<typeof telemetryUsage>;
