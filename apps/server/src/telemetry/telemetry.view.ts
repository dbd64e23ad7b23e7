import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** Most series of one answer. */
export const MAX_SERIES = 1_000;

/** The counters of one flag in one environment from a moment up to, but without, another. */
export interface Range {
  readonly environmentId: string;
  readonly flag: string;
  readonly from: Date;
  readonly to: Date;
}

/** Counts of one group of counters. */
export interface CountsRow {
  readonly variant: string;
  readonly exposures: bigint;
  readonly ok: bigint;
  readonly err: bigint;
  readonly exposuresFirst: bigint;
  readonly errFirst: bigint;
}

export interface SeriesRow extends CountsRow {
  readonly version: bigint;
  readonly reason: string;
  readonly stage: string;
}

export interface SlotRow extends CountsRow {
  readonly at: Date;
}

/** One bucket of one series' latency histogram. */
export interface BucketRow {
  readonly version: bigint;
  readonly variant: string;
  readonly reason: string;
  readonly stage: string;
  readonly i: number;
  readonly n: bigint;
}

const COUNTS = Prisma.sql`sum(exposures)::bigint AS exposures, sum(exposures_first)::bigint AS "exposuresFirst",
  sum(ok)::bigint AS ok, sum(err)::bigint AS err, sum(err_first)::bigint AS "errFirst"`;

/** Sums over counters. */
@Injectable()
export class TelemetryView {
  constructor(private readonly prisma: PrismaService) {}

  /** Whether the flag exists in the project; an archived one keeps its counts. */
  async hasFlag(projectId: string, key: string): Promise<boolean> {
    return (await this.prisma.flag.count({ where: { projectId, key } })) > 0;
  }

  variants({ environmentId, flag, from, to }: Range): Promise<CountsRow[]> {
    return this.prisma.$queryRaw`
      SELECT variant, ${COUNTS}
      FROM counted WHERE environment_id = ${environmentId}::uuid AND flag = ${flag} AND slot >= ${from} AND slot < ${to}
      GROUP BY variant ORDER BY variant`;
  }

  /** The largest series first, one more than an answer holds. */
  series({ environmentId, flag, from, to }: Range): Promise<SeriesRow[]> {
    return this.prisma.$queryRaw`
      SELECT version, variant, reason, stage, ${COUNTS}
      FROM counted WHERE environment_id = ${environmentId}::uuid AND flag = ${flag} AND slot >= ${from} AND slot < ${to}
      GROUP BY version, variant, reason, stage
      ORDER BY sum(exposures) DESC, version DESC, variant, reason, stage LIMIT ${MAX_SERIES + 1}`;
  }

  /** Sums per variant and step, counted from the start of the range. */
  slots({ environmentId, flag, from, to }: Range, stepSeconds: number): Promise<SlotRow[]> {
    return this.prisma.$queryRaw`
      SELECT date_bin(make_interval(secs => ${stepSeconds}::int), slot, ${from}::timestamptz) AS at, variant, ${COUNTS}
      FROM counted WHERE environment_id = ${environmentId}::uuid AND flag = ${flag} AND slot >= ${from} AND slot < ${to}
      GROUP BY at, variant ORDER BY at, variant`;
  }

  buckets({ environmentId, flag, from, to }: Range): Promise<BucketRow[]> {
    return this.prisma.$queryRaw`
      SELECT version, variant, reason, stage, place_of(packed) AS i, sum(count_of(packed))::bigint AS n
      FROM counted, unnest(hist) AS packed
      WHERE environment_id = ${environmentId}::uuid AND flag = ${flag} AND slot >= ${from} AND slot < ${to}
      GROUP BY version, variant, reason, stage, i`;
  }
}
