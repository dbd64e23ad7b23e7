import type { Level } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { SumRow } from './sum-book.js';
import type { SumPiece } from './timeline.js';

/** A flag whose counters are summed in an environment. */
export interface Selector {
  readonly environmentId: string;
  readonly flag: string;
  /** Whether outcomes above thresholds are summed too. */
  readonly isTimed: boolean;
  /** Whether tracked events are summed too. */
  readonly isTracked: boolean;
}

/** A flag of a project with its tags. */
export interface TaggedFlag {
  readonly projectId: string;
  readonly key: string;
  readonly tags: readonly string[];
}

const TABLES: Readonly<Record<Level, Prisma.Sql>> = {
  minute: Prisma.sql`counted_minute`,
  hour: Prisma.sql`counted_hour`,
  day: Prisma.sql`counted_day`,
};
const EVENTS: Readonly<Record<Level, Prisma.Sql>> = {
  minute: Prisma.sql`outcome_minute`,
  hour: Prisma.sql`outcome_hour`,
  day: Prisma.sql`outcome_day`,
};
const LEVELS = ['minute', 'hour', 'day'] as const;

const HERE = Prisma.sql`c.environment_id = s.environment_id AND c.flag = s.flag AND c.slot >= p.since AND c.slot < p.until`;

/** Sums of counters over the pieces of all objectives, in one statement. */
@Injectable()
export class SumsView {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * The sums of each piece for each flag of its environment. Each pair is one descent of the index of the level's counters: the
   * grouping inside keeps the planner from reading the tables whole.
   */
  sums(pieces: readonly SumPiece[], selectors: readonly Selector[]): Promise<SumRow[]> {
    if (pieces.length === 0 || selectors.length === 0) return Promise.resolve([]);
    const used = LEVELS.filter((level) => pieces.some((piece) => piece.level === level));
    const timed = selectors.some(({ isTimed }) => isTimed) ? used : [];
    const tracked = selectors.some(({ isTracked }) => isTracked) ? used : [];
    const branches = [...used.map(outcomesOf), ...timed.map(slowOf), ...tracked.map(eventsOf)];
    return this.prisma.$queryRaw<SumRow[]>`
      WITH piece AS MATERIALIZED (
        SELECT * FROM unnest(${pieces.map(({ environmentId }) => environmentId)}::uuid[], ${pieces.map(({ segment }) => segment)}::int[],
          ${pieces.map(({ level }) => level)}::text[], ${pieces.map(({ from }) => iso(from))}::text[]::timestamptz[],
          ${pieces.map(({ to }) => iso(to))}::text[]::timestamptz[]) AS each (environment_id, segment, level, since, until)
      ), selector AS MATERIALIZED (
        SELECT * FROM unnest(${selectors.map(({ environmentId }) => environmentId)}::uuid[], ${selectors.map(({ flag }) => flag)}::text[],
          ${selectors.map(({ isTimed }) => isTimed)}::bool[], ${selectors.map(({ isTracked }) => isTracked)}::bool[])
          AS each (environment_id, flag, is_timed, is_tracked)
      )
      SELECT environment_id AS "environmentId", flag, variant, segment, ms, event,
        sum(exposures)::float8 AS exposures, sum(ok)::float8 AS ok, sum(err)::float8 AS err, sum(n)::float8 AS n
      FROM (${Prisma.join(branches, ' UNION ALL ')}) AS every
      GROUP BY environment_id, flag, variant, segment, ms, event`;
  }

  /** The flags that carry one of these tags, archived ones included: what they did still counts. */
  tagged(projectIds: readonly string[], tags: readonly string[]): Promise<TaggedFlag[]> {
    return this.prisma.$queryRaw<TaggedFlag[]>`
      SELECT project_id AS "projectId", key, tags FROM flag
      WHERE project_id = ANY(${projectIds}::uuid[]) AND tags && ${tags}::text[]`;
  }
}

function outcomesOf(level: Level): Prisma.Sql {
  return Prisma.sql`
    SELECT s.environment_id, s.flag, x.variant, p.segment, NULL::int AS ms, NULL::text AS event, x.exposures, x.ok, x.err, 0::numeric AS n
    FROM piece p JOIN selector s ON s.environment_id = p.environment_id, LATERAL (
      SELECT c.variant, sum(c.exposures) AS exposures, sum(c.ok) AS ok, sum(c.err) AS err FROM ${TABLES[level]} c WHERE ${HERE} GROUP BY c.variant
    ) AS x
    WHERE p.level = ${level}`;
}

/** Places are in order: a row that begins with a threshold does not say who measured it. */
function slowOf(level: Level): Prisma.Sql {
  return Prisma.sql`
    SELECT s.environment_id, s.flag, x.variant, p.segment, x.ms, NULL::text, 0::numeric, x.ok, x.err, x.n
    FROM piece p JOIN selector s ON s.environment_id = p.environment_id AND s.is_timed, LATERAL (
      SELECT c.variant, place_of(packed) AS ms, sum(count_of(packed)) AS n,
        coalesce(sum(c.ok) FILTER (WHERE c.slow[1] > 0), 0) AS ok, coalesce(sum(c.err) FILTER (WHERE c.slow[1] > 0), 0) AS err
      FROM ${TABLES[level]} c, unnest(c.slow) AS packed
      WHERE ${HERE} GROUP BY c.variant, place_of(packed)
    ) AS x
    WHERE p.level = ${level}`;
}

function eventsOf(level: Level): Prisma.Sql {
  return Prisma.sql`
    SELECT s.environment_id, s.flag, x.variant, p.segment, NULL::int, x.event, 0::numeric, 0::numeric, 0::numeric, x.n
    FROM piece p JOIN selector s ON s.environment_id = p.environment_id AND s.is_tracked, LATERAL (
      SELECT c.variant, c.event, sum(c.count) AS n FROM ${EVENTS[level]} c WHERE ${HERE} GROUP BY c.variant, c.event
    ) AS x
    WHERE p.level = ${level}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
