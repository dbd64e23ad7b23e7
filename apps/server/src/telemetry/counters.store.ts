import type { Histogram } from '@ballast/slo';
import type { Statement } from '../database/index.js';
import type { Addition } from './addition.js';
import { type CounterLevel, LEVELS } from './levels.js';

/** Bits of a packed number that hold the count; what stands above them is its place. */
const COUNT_BITS = 40;
const MOST = 2 ** COUNT_BITS - 1;
const ALWAYS = ['exposures', 'ok', 'err'];
const SELDOM = ['exposures_first', 'err_first', 'calls', 'retries', 'open_ms', 'watched_ms', 'validated', 'invalid'];
const COLUMNS = ['series', 'slot', ...ALWAYS, ...SELDOM, 'slow', 'hist'].join(', ');

/** The sum of two packed histograms; where there is but one it stays as it is. */
function packedSum(name: string): string {
  return `${name} = CASE WHEN excluded.${name} IS NULL THEN c.${name} WHEN c.${name} IS NULL THEN excluded.${name} ELSE (
    SELECT array_agg((place << ${COUNT_BITS}) | least(n, ${MOST})::bigint ORDER BY place)
    FROM (SELECT packed >> ${COUNT_BITS} AS place, sum(packed & ${MOST}) AS n FROM unnest(c.${name} || excluded.${name}) AS packed GROUP BY 1) AS merged) END`;
}

const SUMMED = [
  ...ALWAYS.map((name) => `${name} = c.${name} + excluded.${name}`),
  ...SELDOM.map((name) => `${name} = CASE WHEN excluded.${name} IS NULL THEN c.${name} ELSE coalesce(c.${name}, 0) + excluded.${name} END`),
  packedSum('slow'),
  packedSum('hist'),
].join(', ');
const INSERTS = LEVELS.map(
  ({ rollup }, level) => `INSERT INTO ${rollup} AS c (${COLUMNS})
    SELECT series, to_timestamp(slot / 1000.0), ${[...ALWAYS, ...SELDOM].join(', ')}, slow::bigint[], hist::bigint[] FROM added WHERE level = ${level}
    ON CONFLICT (series, slot) DO UPDATE SET ${SUMMED}`,
);
const TYPES = ['int', 'int', 'bigint', ...[...ALWAYS, ...SELDOM].map(() => 'bigint'), 'text', 'text'];
const TEXT = `WITH added AS MATERIALIZED (
    SELECT * FROM unnest(${TYPES.map((type, at) => `$${at + 1}::${type}[]`).join(', ')}) AS each (level, ${COLUMNS})
  ), ${INSERTS.slice(1)
    .map((insert, at) => `level_${at + 1} AS (${insert})`)
    .join(', ')}
  ${INSERTS[0]}`;

/** Rows of one resolution. */
export interface LevelRows {
  readonly level: CounterLevel;
  readonly additions: readonly Addition[];
}

/** Adds rows to the counters, all resolutions at once. Each resolution's rows are locked in the order of their keys. */
export function addToRollups(levels: readonly LevelRows[]): Statement {
  const rows = levels.flatMap(({ level, additions }) =>
    inOrder(additions).map((addition) => ({ level: LEVELS.indexOf(level), ...addition })),
  );
  const columns: ((row: (typeof rows)[number]) => number | string | null)[] = [
    ({ level }) => level,
    ({ series }) => series.id,
    ({ slot }) => slot,
    ({ exposures }) => exposures,
    ({ ok }) => ok,
    ({ err }) => err,
    ({ exposuresFirst }) => exposuresFirst || null,
    ({ errFirst }) => errFirst || null,
    ({ calls }) => calls || null,
    ({ retries }) => retries || null,
    ({ openMs }) => openMs || null,
    ({ watchedMs }) => watchedMs || null,
    ({ validated }) => validated || null,
    ({ invalid }) => invalid || null,
    ({ slow }) => packed(slow),
    ({ hist }) => packed(hist),
  ];
  return { name: 'add-to-rollups', text: TEXT, values: columns.map((column) => `{${rows.map((row) => column(row) ?? 'NULL').join()}}`) };
}

function inOrder(additions: readonly Addition[]): readonly Addition[] {
  return [...additions].sort((a, b) => (a.series.id ?? 0) - (b.series.id ?? 0) || a.slot - b.slot);
}

/** A histogram as the text of an array of packed numbers, in the order of places; null for an empty one. */
export function packed(histogram: Histogram): string | null {
  if (histogram.size === 0) return null;
  const parts = [...histogram].sort(([a], [b]) => a - b).map(([place, count]) => (BigInt(place) << 40n) | BigInt(Math.min(count, MOST)));
  return `"{${parts.join()}}"`;
}
