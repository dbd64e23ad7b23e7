import { Prisma } from '../../generated/prisma/client.js';
import { LEVELS } from '../levels.js';
import { decimalOf, mergeOutcomes, type OutcomeAddition } from './outcome-addition.js';

/** The resolutions of outcomes: those of counters, in tables of their own. */
export const OUTCOME_LEVELS = LEVELS.map(({ table, ...level }) => ({ ...level, table: table.replace('counter', 'outcome') }));

/** Runs SQL in the transaction that outcomes belong to. */
export type Execute = (sql: Prisma.Sql) => Promise<unknown>;

/** Adds outcomes to every resolution. */
export async function addOutcomes(execute: Execute, outcomes: readonly OutcomeAddition[], at: Date): Promise<void> {
  if (outcomes.length === 0) return;
  let additions = outcomes;
  for (const { table, widthMs } of OUTCOME_LEVELS) {
    additions = mergeOutcomes(additions, widthMs);
    await execute(Prisma.sql`
      INSERT INTO ${Prisma.raw(table)} AS o (environment_id, flag, slot, event, version, variant, stage, trust, count, sum, updated_at)
      SELECT environment_id, flag, to_timestamp(slot / 1000.0), event, version, variant, stage, trust, count, sum, ${at}
      FROM json_to_recordset(${rowsOf(additions)}::json) AS addition (environment_id uuid, flag text, slot bigint, event text, version bigint,
        variant text, stage text, trust text, count bigint, sum numeric)
      ON CONFLICT (environment_id, flag, slot, event, version, variant, stage, trust) DO UPDATE
        SET count = o.count + excluded.count, sum = o.sum + excluded.sum, updated_at = excluded.updated_at`);
  }
}

function rowsOf(additions: readonly OutcomeAddition[]): string {
  return JSON.stringify(
    additions.map(({ environmentId, millionths, ...rest }) => ({ ...rest, environment_id: environmentId, sum: decimalOf(millionths) })),
  );
}
