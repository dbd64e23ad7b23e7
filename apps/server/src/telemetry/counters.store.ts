import { Prisma } from '../generated/prisma/client.js';
import type { Addition } from './addition.js';
import type { CounterLevel } from './levels.js';

const KEY = ['environment_id', 'flag', 'slot', 'version', 'variant', 'reason', 'stage', 'trust'];
const COUNTED = ['exposures', 'exposures_first', 'ok', 'err', 'err_first', 'retries', 'open_ms', 'validated', 'invalid'];
const ADDED = [...KEY, ...COUNTED, 'slow_ms', 'slow_n', 'hist_idx', 'hist_n'].join(', ');

/** The sum of two sparse histograms; where one adds nothing the other stays as it is. */
function sparseSum(index: string, count: string): string {
  return `(${index}, ${count}) = (
    SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
    FROM (
      SELECT i, sum(n)::bigint AS n
      FROM (SELECT * FROM unnest(c.${index}, c.${count}) UNION ALL SELECT * FROM unnest(excluded.${index}, excluded.${count})) AS both_sides (i, n)
      GROUP BY i
    ) AS merged)`;
}

const SELECTED = `SELECT environment_id, flag, to_timestamp(slot / 1000.0), version, variant, reason, stage, trust,
  ${COUNTED.join(', ')}, slow_ms, slow_n, hist_idx, hist_n`;
const ROWS = `(environment_id uuid, slot bigint, flag text, version bigint, variant text, reason text, stage text, trust text,
  ${COUNTED.map((name) => `${name} bigint`).join(', ')}, slow_ms int[], slow_n bigint[], hist_idx smallint[], hist_n bigint[])`;
const SUMMED = [
  ...COUNTED.map((name) => `${name} = c.${name} + excluded.${name}`),
  sparseSum('slow_ms', 'slow_n'),
  sparseSum('hist_idx', 'hist_n'),
  'updated_at = excluded.updated_at',
].join(', ');

/** Adds rows to one resolution of the counters. */
export function addToLevel({ table }: CounterLevel, rows: string, at: Date): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO ${Prisma.raw(table)} AS c (${Prisma.raw(ADDED)}, updated_at)
    ${Prisma.raw(SELECTED)}, ${at}
    FROM json_to_recordset(${rows}::json) AS addition ${Prisma.raw(ROWS)}
    ON CONFLICT (${Prisma.raw(KEY.join(', '))}) DO UPDATE SET ${Prisma.raw(SUMMED)}`;
}

/** Additions as `addToLevel` reads them. */
export function rowsOf(additions: readonly Addition[]): string {
  return JSON.stringify(
    additions.map(({ environmentId, key: _, exposuresFirst, errFirst, openMs, slow, hist, ...rest }) => ({
      ...rest,
      environment_id: environmentId,
      exposures_first: exposuresFirst,
      err_first: errFirst,
      open_ms: openMs,
      slow_ms: [...slow.keys()],
      slow_n: [...slow.values()],
      hist_idx: [...hist.keys()],
      hist_n: [...hist.values()],
    })),
  );
}
