import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** Most flags of one answer. */
const MAX_FLAGS = 200;
/** Most flags of one kind of key that are asked for in vain. */
const MAX_UNKNOWN = 100;

/** What the partitions of one resolution hold. */
export interface LevelSize {
  readonly table: string;
  readonly partitions: number;
  readonly rows: number;
  readonly bytes: number;
  readonly since: Date | null;
}

/** Rows about one flag. */
export interface FlagRows {
  readonly flag: string;
  readonly slots: number;
  readonly minutes: number;
  readonly hours: number;
  readonly days: number;
  readonly series: number;
  readonly overflow: number;
}

/** A flag that was asked for and does not exist. */
export interface UnknownFlagRow {
  readonly flag: string;
  readonly keys: 'server' | 'client';
  readonly evaluations: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly isHidden: boolean;
}

/** What the senders of an environment sent. */
export interface SenderSums {
  readonly instances: number;
  readonly batches: number;
  readonly missing: number;
  readonly dropped: number;
}

/** Sizes of the tables of telemetry. */
@Injectable()
export class StorageView {
  constructor(private readonly prisma: PrismaService) {}

  levels(): Promise<LevelSize[]> {
    return this.prisma.$queryRaw`
      SELECT replace(level, 'rollup', 'counter') AS "table", count(*)::int AS partitions, min(since) AS since, sum(greatest(reltuples, 0))::float8 AS rows,
        sum(pg_total_relation_size(partition))::float8 AS bytes
      FROM counter_partition JOIN pg_class ON pg_class.oid = partition GROUP BY 1`;
  }

  async senders(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const [size] = await this.prisma.$queryRaw<{ rows: number; bytes: number }[]>`
      SELECT greatest(reltuples, 0)::float8 AS rows, pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
      WHERE oid = 'telemetry_instance'::regclass`;
    return size ?? { rows: 0, bytes: 0 };
  }

  /** The flags that take the most rows, first. */
  flags(environmentId: string, since: Date): Promise<FlagRows[]> {
    return this.prisma.$queryRaw`
      SELECT flag, sum(slots)::int AS slots, sum(minutes)::int AS minutes, sum(hours)::int AS hours, sum(days)::int AS days,
        sum(series)::int AS series, sum(overflow)::float8 AS overflow
      FROM (
        SELECT flag, count(*) AS slots, 0 AS minutes, 0 AS hours, 0 AS days, 0 AS series, 0 AS overflow FROM counted
        WHERE environment_id = ${environmentId}::uuid GROUP BY flag
        UNION ALL SELECT flag, 0, count(*), 0, 0, 0, 0 FROM counted_minute WHERE environment_id = ${environmentId}::uuid GROUP BY flag
        UNION ALL SELECT flag, 0, 0, count(*), 0, count(DISTINCT (version, variant, reason, stage, trust)) FILTER (WHERE slot >= ${since}),
          coalesce(sum(exposures) FILTER (WHERE slot >= ${since} AND reason = 'OVERFLOW'), 0)
        FROM counted_hour WHERE environment_id = ${environmentId}::uuid GROUP BY flag
        UNION ALL SELECT flag, 0, 0, 0, count(*), 0, 0 FROM counted_day WHERE environment_id = ${environmentId}::uuid GROUP BY flag
      ) AS each
      GROUP BY flag ORDER BY sum(slots + minutes + hours + days) DESC, flag LIMIT ${MAX_FLAGS}`;
  }

  /** Flags that were asked for and do not exist for who asked, those that were asked for most first. */
  unknown(environmentId: string): Promise<UnknownFlagRow[]> {
    return this.prisma.$queryRaw`
      SELECT key AS flag, trust AS keys, count::float8 AS evaluations, first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt",
        EXISTS (SELECT 1 FROM flag JOIN environment ON environment.project_id = flag.project_id
          WHERE environment.id = ${environmentId}::uuid AND flag.key = ranked.key) AS "isHidden"
      FROM (
        SELECT *, row_number() OVER (PARTITION BY trust ORDER BY count DESC, key) AS place FROM unknown_flag
        WHERE environment_id = ${environmentId}::uuid AND key <> ''
      ) AS ranked
      WHERE place <= ${MAX_UNKNOWN} ORDER BY trust DESC, place`;
  }

  /** What was heard of the senders of an environment since a moment. What came by OpenTelemetry was sent on by servers, which are none. */
  async sent(environmentId: string, since: Date): Promise<SenderSums> {
    const [sums] = await this.prisma.$queryRaw<SenderSums[]>`
      SELECT count(*) FILTER (WHERE is_sender)::int AS instances, coalesce(sum(got) FILTER (WHERE is_sender), 0)::float8 AS batches,
        coalesce(sum(due - got) FILTER (WHERE is_sender), 0)::float8 AS missing, coalesce(sum(dropped), 0)::float8 AS dropped
      FROM (
        SELECT dropped, instance !~ '^otlp-(server|client)-' AS is_sender, upper(received) AS due, (SELECT sum(upper(range) - lower(range)) FROM unnest(received) AS range) AS got
        FROM telemetry_instance
        WHERE environment_id = ${environmentId}::uuid AND last_seen_at >= ${since} AND NOT isempty(received)
      ) AS each`;
    return sums ?? { instances: 0, batches: 0, missing: 0, dropped: 0 };
  }
}
