import type { Level, Piece } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import { placeOfTimed, placeOfTimedErrors } from '../timed-outcomes.js';
import type { PackedLatency } from './packed-latencies.js';

/** Rows with latencies that one answer takes as they are. */
const MOST_ROWS = 5_000;

/** Everything counted of one group: a variant in a step, or a flag. */
export interface HealthRow {
  /** Variant or flag. */
  readonly name: string;
  readonly step: number;
  readonly exposures: number;
  readonly exposuresFirst: number;
  readonly ok: number;
  readonly err: number;
  readonly errFirst: number;
  readonly calls: number;
  readonly retries: number;
  readonly openMs: number;
  readonly watchedMs: number;
  readonly validated: number;
  readonly invalid: number;
  /** Outcomes above 500 ms, and all of those who measured that; null when nobody did. */
  readonly slow500: number | null;
  readonly timed500: number | null;
}

/** One bucket of a group's latency histogram. */
export interface HealthBucket {
  readonly name: string;
  readonly step: number;
  readonly i: number;
  readonly n: number;
}

/** What is known of a flag in an environment beside its counts. */
export interface HealthFlag {
  readonly safeVariant: string | null;
  readonly offVariant: string | null;
  readonly target: number | null;
  readonly objectives: readonly string[];
}

/** Which counters are summed, and into steps of what length. */
export interface HealthQuery {
  readonly environmentId: string;
  readonly pieces: readonly Piece[];
  readonly from: number;
  readonly step: number;
}

const TABLES: Readonly<Record<Level, Prisma.Sql>> = {
  minute: Prisma.sql`counted_minute`,
  hour: Prisma.sql`counted_hour`,
  day: Prisma.sql`counted_day`,
};

/** Places are in order: a row that begins with a threshold does not say who measured it; then all did. */
const PLACES = Prisma.sql`(500, ${Prisma.raw(String(placeOfTimed(500)))}, ${Prisma.raw(String(placeOfTimedErrors(500)))})`;
/** Sums are exact up to 2^53; those of whole numbers would be turned into text and back for every group. */
const COUNTS = Prisma.sql`sum(exposures::float8) AS exposures, sum(exposures_first::float8) AS "exposuresFirst", sum(ok::float8) AS ok,
  sum(err::float8) AS err, sum(err_first::float8) AS "errFirst", sum(calls::float8) AS calls, sum(retries::float8) AS retries,
  sum(open_ms::float8) AS "openMs", sum(watched_ms::float8) AS "watchedMs", sum(validated::float8) AS validated, sum(invalid::float8) AS invalid,
  sum((SELECT sum(count_of(packed)::float8) FROM unnest(slow) AS packed WHERE place_of(packed) = 500)) AS "slow500",
  sum((SELECT sum(CASE WHEN place_of(packed) <> 500 THEN count_of(packed)::float8 WHEN slow[1] > 0 THEN (ok + err)::float8 END)
    FROM unnest(slow) AS packed WHERE place_of(packed) IN ${PLACES})) AS "timed500"`;

/** Reads what health is computed from. */
@Injectable()
export class HealthView {
  constructor(private readonly prisma: PrismaService) {}

  /** A flag with its variants' fallbacks and its objectives; null when the project has none of this key. */
  async flag(projectId: string, environmentId: string, key: string): Promise<HealthFlag | null> {
    const [row] = await this.prisma.$queryRaw<HealthFlag[]>`
      SELECT f.safe_variant AS "safeVariant", c.off_variant AS "offVariant",
        (SELECT max((o.document ->> 'target')::float8) FROM objective o WHERE o.environment_id = ${environmentId}::uuid AND o.flag = f.key
          AND o.document #>> '{indicator,kind}' = 'success' AND o.document #>> '{scope,kind}' = 'flag') AS target,
        (SELECT coalesce(array_agg(o.name ORDER BY o.name), '{}') FROM objective o
          WHERE o.environment_id = ${environmentId}::uuid AND o.flag = f.key) AS objectives
      FROM flag f LEFT JOIN flag_config c ON c.flag_id = f.id AND c.environment_id = ${environmentId}::uuid
      WHERE f.project_id = ${projectId}::uuid AND f.key = ${key}`;
    return row ?? null;
  }

  /** Counts of a flag's variants, step by step. */
  variants(query: HealthQuery, flag: string): Promise<HealthRow[]> {
    return this.prisma.$queryRaw<HealthRow[]>`
      SELECT variant AS name, step, ${COUNTS} FROM (${rowsOf(query, Prisma.sql`flag = ${flag}`)}) AS every GROUP BY variant, step`;
  }

  /** Latencies of a flag's variants, step by step. Few rows are added up elsewhere: to take them apart here costs several times as much. */
  async variantLatencies(query: HealthQuery, flag: string): Promise<PackedLatency[]> {
    const every = rowsOf(query, Prisma.sql`flag = ${flag}`);
    const rows = await this.prisma.$queryRaw<PackedLatency[]>`
      SELECT variant AS name, step, encode(array_send(hist), 'base64') AS packed FROM (${every}) AS every WHERE hist IS NOT NULL LIMIT ${MOST_ROWS + 1}`;
    if (rows.length <= MOST_ROWS) return rows;
    return this.prisma.$queryRaw<PackedLatency[]>`
      SELECT name, step, encode(array_send(array_agg((i::bigint << 40) | least(n, 1099511627775)::bigint)), 'base64') AS packed
      FROM (
        SELECT variant AS name, step, place_of(packed) AS i, sum(count_of(packed)) AS n
        FROM (${every}) AS every, unnest(hist) AS packed GROUP BY variant, step, i
      ) AS merged GROUP BY name, step`;
  }

  /** Counts of each flag of a project, or of those that carry a tag; flags without any are left out. */
  flags(query: HealthQuery, projectId: string, tag: string | null): Promise<HealthRow[]> {
    return this.prisma.$queryRaw<HealthRow[]>`
      SELECT flag AS name, 0 AS step, ${COUNTS} FROM (${rowsOf(query, ofTag(projectId, tag))}) AS every GROUP BY flag`;
  }

  /** Latencies of these flags. */
  flagBuckets(query: HealthQuery, flags: readonly string[]): Promise<HealthBucket[]> {
    return this.prisma.$queryRaw<HealthBucket[]>`
      SELECT flag AS name, 0 AS step, place_of(packed) AS i, sum(count_of(packed))::float8 AS n
      FROM (${rowsOf(query, Prisma.sql`flag = ANY(${flags}::text[])`)}) AS every, unnest(hist) AS packed GROUP BY flag, i`;
  }

  /** Latencies of all flags, or of those that carry a tag, together. */
  allBuckets(query: HealthQuery, projectId: string, tag: string | null): Promise<HealthBucket[]> {
    return this.prisma.$queryRaw<HealthBucket[]>`
      SELECT '' AS name, 0 AS step, place_of(packed) AS i, sum(count_of(packed))::float8 AS n
      FROM (${rowsOf(query, ofTag(projectId, tag))}) AS every, unnest(hist) AS packed GROUP BY i`;
  }
}

function ofTag(projectId: string, tag: string | null): Prisma.Sql {
  if (tag === null) return Prisma.sql`true`;
  return Prisma.sql`flag IN (SELECT key FROM flag WHERE project_id = ${projectId}::uuid AND tags @> ARRAY[${tag}]::text[])`;
}

/** The rows of all pieces with the step that each falls into. */
function rowsOf({ environmentId, pieces, from, step }: HealthQuery, which: Prisma.Sql): Prisma.Sql {
  const branches = pieces.map(
    (piece) => Prisma.sql`
      SELECT *, floor(extract(epoch FROM slot - ${new Date(from)}::timestamptz) / ${step / 1_000}::float8)::int AS step
      FROM ${TABLES[piece.level]}
      WHERE environment_id = ${environmentId}::uuid AND ${which} AND slot >= ${new Date(piece.from)} AND slot < ${new Date(piece.to)}`,
  );
  return Prisma.join(branches, ' UNION ALL ');
}
