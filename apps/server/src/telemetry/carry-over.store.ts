import type { Histogram } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService, Statements, type Term, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import { type Addition, COUNTS } from './addition.js';
import { addToRollups } from './counters.store.js';
import type { CounterLevel } from './levels.js';
import type { Series } from './series.js';
import { numberSeries } from './series.store.js';

const PATIENCE = { maxWait: 5_000, timeout: 15_000 };

/** A row as servers of the release before write it. */
interface FormerRow extends Readonly<Record<Exclude<(typeof COUNTS)[number], 'calls' | 'watchedMs'>, number>>, Omit<Series, 'id'> {
  readonly place: string;
  readonly slot: number;
  readonly slow: readonly [number, number][];
  readonly hist: readonly [number, number][];
}

/** A partition of the tables of before. */
export interface FormerPartition {
  readonly name: string;
  readonly until: Date;
}

const COLUMNS = Prisma.sql`ctid::text AS place, environment_id AS "environmentId", flag, version::float8 AS version, variant, reason, stage, trust,
  extract(epoch FROM slot)::float8 * 1000 AS slot, exposures::float8 AS exposures, exposures_first::float8 AS "exposuresFirst", ok::float8 AS ok,
  err::float8 AS err, err_first::float8 AS "errFirst", retries::float8 AS retries, open_ms::float8 AS "openMs", validated::float8 AS validated,
  invalid::float8 AS invalid,
  (SELECT coalesce(json_agg(json_build_array(i, n)), '[]') FROM unnest(slow_ms, slow_n) AS pair (i, n)) AS slow,
  (SELECT coalesce(json_agg(json_build_array(i, n)), '[]') FROM unnest(hist_idx, hist_n) AS pair (i, n)) AS hist`;

/** Carries counters over from the tables of before there were series, and what servers of the release before still write there. */
@Injectable()
export class CarryOverStore {
  constructor(
    private readonly prisma: PrismaService,
    private readonly statements: Statements,
  ) {}

  /** The partitions of one resolution that there still are, eldest first. */
  partitions({ table }: CounterLevel): Promise<FormerPartition[]> {
    return this.prisma.$queryRaw`SELECT name, until FROM counter_partition WHERE level = ${table} ORDER BY until`;
  }

  /**
   * Carries some rows of a partition over; answers how many. Each row is in the one place or in the other at every moment: it goes and comes in one
   * transaction. A row that is being counted to just now is left for the next time.
   */
  carry(
    level: CounterLevel,
    { name, most, at }: { readonly name: string; readonly most: number; readonly at: Date },
    term?: Term,
  ): Promise<number> {
    const partition = Prisma.raw(`partitions."${name}"`);
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      const rows = await tx.$queryRaw<FormerRow[]>`SELECT ${COLUMNS} FROM ${partition} LIMIT ${most}::int FOR UPDATE SKIP LOCKED`;
      if (rows.length === 0) return 0;
      const additions = rows.map(toAddition);
      await numberSeries(this.statements.run, seriesOf(additions), at);
      await ensurePartitions(tx, level, additions);
      const gone = await tx.$executeRaw`DELETE FROM ${partition} WHERE ctid = ANY(${rows.map(({ place }) => place)}::text[]::tid[])`;
      if (gone !== rows.length) throw new Error(`${gone} of ${rows.length} rows were there to be carried over`);
      const { text, values = [] } = addToRollups([{ level, additions }]);
      await tx.$executeRawUnsafe(text, ...values);
      return rows.length;
    }, PATIENCE);
  }

  /** Drops a partition that is empty; nobody is kept waiting for long. */
  dropEmpty({ table }: CounterLevel, name: string, term?: Term): Promise<void> {
    const partition = Prisma.raw(`partitions."${name}"`);
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      await tx.$executeRaw`SELECT set_config('lock_timeout', '2s', true)`;
      await tx.$executeRaw`LOCK TABLE ONLY ${Prisma.raw(table)} IN ACCESS EXCLUSIVE MODE`;
      const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM ${partition} LIMIT 1`;
      if (rows.length === 0) await tx.$executeRaw`DROP TABLE ${partition}`;
    }, PATIENCE);
  }
}

function toAddition({ place: _, environmentId, flag, version, variant, reason, stage, trust, slow, hist, ...counts }: FormerRow): Addition {
  const series = { id: null, environmentId, flag, version, variant, reason, stage, trust };
  return { ...counts, calls: 0, watchedMs: 0, series, slow: toHistogram(slow), hist: toHistogram(hist) };
}

function toHistogram(pairs: readonly [number, number][]): Histogram {
  return new Map(pairs);
}

/** One object for each series: rows of several slots share theirs. */
function seriesOf(additions: readonly Addition[]): Series[] {
  return additions.map(({ series }) => series);
}

async function ensurePartitions(tx: Transaction, { rollup }: CounterLevel, additions: readonly Addition[]): Promise<void> {
  const slots = [...new Set(additions.map(({ slot }) => slot))].map((slot) => new Date(slot).toISOString());
  await tx.$executeRaw`SELECT ensure_rollup_partition(${rollup}, at::timestamptz) FROM unnest(${slots}::text[]) AS at`;
}
