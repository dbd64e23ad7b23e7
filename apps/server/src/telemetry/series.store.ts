import type { Run } from '../database/index.js';
import { quoted } from './claims.store.js';
import type { Series, SeriesNames } from './series.js';

const NAMES = 'environment_id, flag, version, variant, reason, stage, trust';
const ASKED = `unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
  AS asked (${NAMES}, place)`;
/** A series that another server is touching is touched. */
const TOUCH = `
  UPDATE telemetry_series AS s SET seen_at = $2 FROM (
    SELECT id FROM telemetry_series WHERE id = ANY($1::int[]) AND seen_at < $2 ORDER BY id FOR UPDATE SKIP LOCKED
  ) AS held WHERE s.id = held.id`;
const FIND = `SELECT id, place::int FROM ${ASKED} JOIN telemetry_series USING (${NAMES})`;
const MAKE = `
  INSERT INTO telemetry_series (${NAMES}, seen_at) SELECT ${NAMES}, $8 FROM ${ASKED} ORDER BY ${NAMES} ON CONFLICT DO NOTHING`;

/** Series that were counted since a moment, as far as an environment may have them. */
const COUNTED = `
  SELECT flag, version::float8 AS version, variant, reason, stage, trust FROM telemetry_series
  WHERE environment_id = $1 AND seen_at >= $2 LIMIT 200000`;

/** Gives each series its number, making those that nobody has counted before, and writes down that they live. */
export async function numberSeries(run: Run, series: readonly Series[], at: Date): Promise<void> {
  if (series.length === 0) return;
  const known = await find(run, series);
  if (known.length > 0) await run({ text: TOUCH, values: [known.map(({ id }) => id), at] });
  const missing = series.filter(({ id }) => id === null);
  if (missing.length === 0) return;
  await run({ text: MAKE, values: [...columnsOf(missing), at] });
  await find(run, missing);
}

/** The series of an environment that were counted since a moment. */
export function countedSince(run: Run, environmentId: string, since: Date): Promise<SeriesNames[]> {
  return run<SeriesNames & Record<string, unknown>>({ text: COUNTED, values: [environmentId, since] });
}

async function find(run: Run, series: readonly Series[]): Promise<readonly { readonly id: number }[]> {
  const found = await run<{ id: number; place: number }>({ text: FIND, values: columnsOf(series) });
  for (const { id, place } of found) {
    const one = series[place - 1];
    if (one !== undefined) one.id = id;
  }
  return found;
}

function columnsOf(series: readonly Series[]): string[] {
  const column = (of: (one: Series) => string | number): string => `{${series.map(of).join()}}`;
  return [
    column(({ environmentId }) => environmentId),
    column(({ flag }) => quoted(flag)),
    column(({ version }) => version),
    column(({ variant }) => quoted(variant)),
    column(({ reason }) => quoted(reason)),
    column(({ stage }) => quoted(stage)),
    column(({ trust }) => trust),
  ];
}
