import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** How much of an environment's telemetry arrived. */
export interface Arrived {
  readonly instances: number;
  /** Received of due batches, each instance weighted by its exposures; null without any. */
  readonly share: number | null;
}

/** How busy the back ends of an environment were in one step. */
export interface LoadStep {
  readonly step: number;
  readonly usedMs: number;
  readonly watchedMs: number;
}

/** The busiest of them in one minute, in thousandths. */
export interface BusiestRow {
  readonly at: Date;
  readonly busiest: number;
  readonly instance: string;
}

/** An environment from a moment up to, but without, another, in steps of so many milliseconds. */
export interface CoveredRange {
  readonly environmentId: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Reads whose telemetry arrives, and how busy they are. */
@Injectable()
export class CoverageView {
  constructor(private readonly prisma: PrismaService) {}

  /** How many instances reported since a moment, and how much of what they sent arrived. What came by OpenTelemetry is sent by ourselves. */
  async arrived(environmentId: string, since: Date): Promise<Arrived> {
    const [row] = await this.prisma.$queryRaw<Arrived[]>`
      SELECT count(*)::int AS instances, (sum(weight * got / due) / nullif(sum(weight), 0))::float8 AS share
      FROM (
        SELECT greatest(exposures, 1)::float8 AS weight, upper(received)::float8 AS due,
          (SELECT sum(upper(range) - lower(range)) FROM unnest(received) AS range)::float8 AS got
        FROM telemetry_instance
        WHERE environment_id = ${environmentId}::uuid AND last_seen_at >= ${since} AND NOT isempty(received)
          AND instance !~ '^otlp-(server|client)-'
      ) AS each`;
    return row ?? { instances: 0, share: null };
  }

  /** Those of the instances of these names that have sent anything since a moment. */
  async reporting(environmentId: string, names: readonly string[], since: Date): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.$queryRaw<{ instance: string }[]>`
      SELECT instance FROM telemetry_instance
      WHERE environment_id = ${environmentId}::uuid AND instance = ANY(${names}::text[]) AND last_seen_at >= ${since}`;
    return new Set(rows.map(({ instance }) => instance));
  }

  /** How busy the back ends were, step by step. */
  loads({ environmentId, from, to, step }: CoveredRange): Promise<LoadStep[]> {
    return this.prisma.$queryRaw<LoadStep[]>`
      SELECT floor(extract(epoch FROM slot - ${new Date(from)}::timestamptz) / ${step / 1_000}::float8)::int AS step,
        sum(used_ms)::float8 AS "usedMs", sum(watched_ms)::float8 AS "watchedMs"
      FROM process_load WHERE environment_id = ${environmentId}::uuid AND slot >= ${new Date(from)} AND slot < ${new Date(to)} GROUP BY 1`;
  }

  /** Which of them was the busiest. */
  async busiest({ environmentId, from, to }: CoveredRange): Promise<BusiestRow | null> {
    const [row] = await this.prisma.$queryRaw<BusiestRow[]>`
      SELECT slot AS at, busiest::int AS busiest, busiest_instance AS instance
      FROM process_load WHERE environment_id = ${environmentId}::uuid AND slot >= ${new Date(from)} AND slot < ${new Date(to)}
      ORDER BY busiest DESC, slot DESC LIMIT 1`;
    return row ?? null;
  }
}
