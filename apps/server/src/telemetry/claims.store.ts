import type { Statement } from '../database/index.js';

/** More gaps than these in what one instance has sent are closed, the oldest first: what fills them counts as seen before. */
const MAX_GAPS = 128;

/** A batch by the name that it is counted once under. */
export interface Claim {
  readonly environmentId: string;
  readonly instance: string;
  readonly seq: number;
  readonly trust: string;
  readonly exposures: number;
  readonly dropped: number;
}

/** A batch that was counted before. */
export interface StaleClaim {
  readonly environment_id: string;
  readonly instance: string;
  readonly seq: string;
}

const TEXT = `
  WITH claim AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
      AS claim (environment_id, instance, seq, trust, exposures, dropped)
  ), entered AS (
    INSERT INTO telemetry_instance AS t (environment_id, instance, received, previous, exposures, dropped, trust, seen_on, last_seen_at)
    SELECT environment_id, instance, range_agg(int8range(seq, seq, '[]')), '{}', sum(exposures), sum(dropped), min(trust), $7::timestamptz::date, $7
    FROM claim GROUP BY environment_id, instance ORDER BY environment_id, instance
    ON CONFLICT (environment_id, instance) DO UPDATE SET
      received = CASE WHEN t.received -|- excluded.received THEN t.received + excluded.received
        ELSE close_gaps(t.received + excluded.received, ${MAX_GAPS}) END,
      previous = t.received,
      exposures = t.exposures + CASE WHEN t.received && excluded.received THEN 0 ELSE excluded.exposures END,
      dropped = t.dropped + CASE WHEN t.received && excluded.received THEN 0 ELSE excluded.dropped END,
      trust = least(t.trust, excluded.trust),
      seen_on = greatest(t.seen_on, excluded.seen_on),
      last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at)
    RETURNING environment_id, instance, previous
  )
  SELECT environment_id, instance, seq FROM claim JOIN entered USING (environment_id, instance) WHERE previous @> seq`;

/**
 * Enters batches into what each sender has had counted, and answers those that were in it before.
 * Senders are locked in the order of their keys. What overlaps with batches of before adds nothing to the weight of its sender.
 */
export function claimBatches(claims: readonly Claim[], at: Date): Statement {
  const column = (of: (claim: Claim) => string | number): string => `{${claims.map(of).join()}}`;
  return {
    name: 'claim-batches',
    text: TEXT,
    values: [
      column(({ environmentId }) => environmentId),
      column(({ instance }) => quoted(instance)),
      column(({ seq }) => seq),
      column(({ trust }) => trust),
      column(({ exposures }) => exposures),
      column(({ dropped }) => dropped),
      at,
    ],
  };
}

/** A text as an element of an array's text. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
