import { DAY, HOUR } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** What an objective listens to: the outcomes of a flag, or one of its events. */
export interface Watched {
  readonly environmentId: string;
  readonly flag: string;
  readonly event: string | null;
}

/** A stretch of time of something that is listened to. */
export interface WatchedSpan extends Watched {
  readonly from: number;
  readonly to: number;
}

/** What was counted in it. */
export interface SpanTraffic {
  readonly outcomes: number;
  readonly events: number;
  readonly exposures: number;
}

/** Since when something was heard of, and whether it still may be. */
export interface HeardSince {
  readonly since: Date | null;
  readonly isArchived: boolean;
}

/** What is known of the programs of an environment. */
export interface SendersRow {
  /** Of those named: how many were heard of since, and how many only before. */
  readonly reporting: number;
  readonly silent: number;
  /** All that were heard of in the day before, or since. */
  readonly former: number;
  /** Whether anything came by OpenTelemetry since, and in the day before. */
  readonly otlpNow: boolean;
  readonly otlpBefore: boolean;
}

/** Reads what was heard of flags, and of the programs that they are in. */
@Injectable()
export class TrafficView {
  constructor(private readonly prisma: PrismaService) {}

  /** What was counted in each span, in their order; the edges are whole minutes or whole hours. */
  async counted(spans: readonly WatchedSpan[], level: 'minute' | 'hour'): Promise<readonly SpanTraffic[]> {
    if (spans.length === 0) return [];
    // Several objectives are about one flag: its rows are read once.
    const places = new Map(spans.map((span) => [keyOf(span), span]));
    const rows = await this.sums([...places.values()], level);
    const found = new Map([...places.keys()].map((key, index) => [key, rows[index] ?? NOTHING]));
    return spans.map((span) => found.get(keyOf(span)) ?? NOTHING);
  }

  private sums(spans: readonly WatchedSpan[], level: 'minute' | 'hour'): Promise<readonly SpanTraffic[]> {
    const counters = level === 'minute' ? Prisma.sql`counted_minute` : Prisma.sql`counted_hour`;
    const events = level === 'minute' ? Prisma.sql`outcome_minute` : Prisma.sql`outcome_hour`;
    return this.prisma.$queryRaw<SpanTraffic[]>`
      SELECT coalesce(x.outcomes, 0)::float8 AS outcomes, coalesce(x.exposures, 0)::float8 AS exposures, coalesce(y.events, 0)::float8 AS events
      FROM ${rowsOf(spans)} LEFT JOIN LATERAL (
        SELECT sum(c.ok + c.err) AS outcomes, sum(c.exposures) AS exposures FROM ${counters} c
        WHERE c.environment_id = s.environment_id AND c.flag = s.flag AND c.slot >= s.since AND c.slot < s.until
      ) AS x ON true LEFT JOIN LATERAL (
        SELECT sum(e.count) AS events FROM ${events} e
        WHERE s.event IS NOT NULL AND e.environment_id = s.environment_id AND e.flag = s.flag AND e.slot >= s.since AND e.slot < s.until
          AND e.event = s.event
      ) AS y ON true ORDER BY s.place`;
  }

  /** Since when each was heard of at all, or null, and whether it is archived. */
  async heardSince(watched: readonly Watched[], after: Date): Promise<readonly HeardSince[]> {
    if (watched.length === 0) return [];
    const spans = watched.map((each) => ({ ...each, from: after.getTime(), to: after.getTime() }));
    return this.prisma.$queryRaw<HeardSince[]>`
      SELECT (SELECT min(c.slot) FROM counted_day c WHERE c.environment_id = s.environment_id AND c.flag = s.flag AND c.slot >= s.since) AS since,
        NOT EXISTS (SELECT 1 FROM flag f JOIN environment e ON e.project_id = f.project_id
          WHERE e.id = s.environment_id AND f.key = s.flag AND f.archived_at IS NULL) AS "isArchived"
      FROM ${rowsOf(spans)} ORDER BY s.place`;
  }

  /** How many of these programs were heard of since a moment. */
  async senders(environmentId: string, names: readonly string[], since: Date): Promise<SendersRow> {
    const dayBefore = new Date(since.getTime() - DAY);
    const [row] = await this.prisma.$queryRaw<SendersRow[]>`
      SELECT count(*) FILTER (WHERE is_named AND is_now)::int AS reporting, count(*) FILTER (WHERE is_named AND NOT is_now)::int AS silent,
        count(*) FILTER (WHERE NOT is_otlp AND last_seen_at >= ${dayBefore})::int AS former,
        coalesce(bool_or(is_otlp AND is_now), false) AS "otlpNow",
        coalesce(bool_or(is_otlp AND NOT is_now AND last_seen_at >= ${dayBefore}), false) AS "otlpBefore"
      FROM (
        SELECT last_seen_at, last_seen_at >= ${since} AS is_now, instance = ANY(${names}::text[]) AS is_named, instance LIKE 'otlp-%' AS is_otlp
        FROM telemetry_instance WHERE environment_id = ${environmentId}::uuid
      ) AS each`;
    return row ?? { reporting: 0, silent: 0, former: 0, otlpNow: false, otlpBefore: false };
  }

  /** Whether each of these objectives had data at each of these moments; what is older than its past is left out. */
  async hadData(objectiveIds: readonly string[], moments: readonly Date[]): Promise<ReadonlyMap<string, readonly boolean[]>> {
    if (objectiveIds.length === 0) return new Map();
    const rows = await this.prisma.$queryRaw<{ objectiveId: string; hadData: boolean[] }[]>`
      SELECT objective_id AS "objectiveId", array_agg(state <> 'no_data') AS "hadData" FROM objective_history
      WHERE objective_id = ANY(${objectiveIds}::uuid[]) AND at IN (SELECT date_bin('15 minutes', each, '2000-01-01Z') FROM unnest(${moments.map((at) => at.toISOString())}::text[]::timestamptz[]) AS each)
      GROUP BY objective_id`;
    return new Map(rows.map(({ objectiveId, hadData }) => [objectiveId, hadData]));
  }
}

/** Nothing was counted. */
export const NOTHING: SpanTraffic = { outcomes: 0, events: 0, exposures: 0 };

function keyOf({ environmentId, flag, event, from, to }: WatchedSpan): string {
  return JSON.stringify([environmentId, flag, event, from, to]);
}

/** Hours are where sums of the past are read. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR) * HOUR;
}

function rowsOf(spans: readonly WatchedSpan[]): Prisma.Sql {
  const iso = (at: number) => new Date(at).toISOString();
  return Prisma.sql`unnest(${spans.map(({ environmentId }) => environmentId)}::uuid[], ${spans.map(({ flag }) => flag)}::text[],
    ${spans.map(({ event }) => event)}::text[], ${spans.map(({ from }) => iso(from))}::text[]::timestamptz[],
    ${spans.map(({ to }) => iso(to))}::text[]::timestamptz[]) WITH ORDINALITY AS s (environment_id, flag, event, since, until, place)`;
}
