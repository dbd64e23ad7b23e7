import { Prisma } from '../generated/prisma/client.js';

/** More gaps than these in what one instance has sent are closed, the oldest first: what fills them counts as seen before. */
export const MAX_GAPS = 128;

/** A batch by the name that it is counted once under. */
export interface Claim {
  readonly environment_id: string;
  readonly instance: string;
  readonly seq: number;
  readonly trust: string;
  readonly exposures: number;
  readonly dropped: number;
}

/**
 * Enters batches into what each sender has had counted, and answers those that were not in it.
 * Senders are locked in the order of their keys. What overlaps with batches of before adds nothing to the weight of its sender.
 */
export function claimBatches(claims: readonly Claim[], at: Date): Prisma.Sql {
  return Prisma.sql`
    WITH claim AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(claims)}::json)
        AS claim (environment_id uuid, instance text, seq bigint, trust text, exposures bigint, dropped bigint)
    ), entered AS (
      INSERT INTO telemetry_instance AS t (environment_id, instance, received, previous, exposures, dropped, trust, seen_on, last_seen_at)
      SELECT environment_id, instance, range_agg(int8range(seq, seq, '[]')), '{}', sum(exposures), sum(dropped), min(trust), ${at}::date, ${at}
      FROM claim GROUP BY environment_id, instance ORDER BY environment_id, instance
      ON CONFLICT (environment_id, instance) DO UPDATE SET
        received = close_gaps(t.received + excluded.received, ${MAX_GAPS}::int),
        previous = t.received,
        exposures = t.exposures + CASE WHEN t.received && excluded.received THEN 0 ELSE excluded.exposures END,
        dropped = t.dropped + CASE WHEN t.received && excluded.received THEN 0 ELSE excluded.dropped END,
        trust = least(t.trust, excluded.trust),
        seen_on = greatest(t.seen_on, excluded.seen_on),
        last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at)
      RETURNING environment_id, instance, previous
    )
    SELECT environment_id, instance, seq FROM claim JOIN entered USING (environment_id, instance) WHERE NOT previous @> seq`;
}
