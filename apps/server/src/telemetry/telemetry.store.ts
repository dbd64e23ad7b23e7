import { Injectable } from '@nestjs/common';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import type { Addition, Admitted } from './admission.js';
import type { Counted } from './counter-buffer.js';
import { mergeAdditions } from './merge.js';

/** More keys that do not exist are counted together, under the empty key. */
const MAX_UNKNOWN_KEYS = 1_000;
/** A commit that takes longer fails, and its batches are sent again. */
const PATIENCE = { maxWait: 5_000, timeout: 15_000 };
/** Where counts go that belong to no key. */
const NO_KEY = '';

/** A batch that waits to be counted once. */
export interface ClaimableBatch extends Admitted {
  readonly environmentId: string;
  readonly instance: string;
  readonly seq: number;
}

interface Claim {
  readonly environment_id: string;
  readonly instance: string;
  readonly seq: bigint;
}

function claimOf(environmentId: string, instance: string, seq: number | bigint): string {
  return JSON.stringify([environmentId, instance, String(seq)]);
}

/** Tables of telemetry: claims, counters and keys that nobody knows. */
@Injectable()
export class TelemetryStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Claims batches and adds what the new ones count, in one transaction. */
  commit(batches: readonly ClaimableBatch[], at: Date): Promise<readonly Counted[]> {
    return this.prisma.$transaction(async (tx) => {
      const open = await this.claim(tx, batches, at);
      const outcomes = batches.map(
        ({ environmentId, instance, seq }): Counted => (open.delete(claimOf(environmentId, instance, seq)) ? 'counted' : 'duplicate'),
      );
      const fresh = batches.filter((_, index) => outcomes[index] === 'counted');
      for (const [environmentId, own] of byEnvironment(fresh)) {
        await this.add(tx, { environmentId, additions: mergeAdditions(own.flatMap(({ additions }) => additions)), at });
        await this.addUnknown(tx, { environmentId, batches: own, at });
      }
      return outcomes;
    }, PATIENCE);
  }

  /** Forgets claims and counters older than a moment, some at a time; answers whether there may be more. */
  prune(before: Date, most: number, term?: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      const batches = await tx.$executeRaw`
        DELETE FROM telemetry_batch WHERE ctid IN (SELECT ctid FROM telemetry_batch WHERE received_at < ${before} LIMIT ${most}::int)`;
      const counters = await tx.$executeRaw`
        DELETE FROM counter WHERE ctid IN (SELECT ctid FROM counter WHERE slot < ${before} LIMIT ${most}::int)`;
      return batches === most || counters === most;
    }, PATIENCE);
  }

  /** Inserts the claims in the order of their keys; those that come back are new. */
  private async claim(tx: Transaction, batches: readonly ClaimableBatch[], at: Date): Promise<Set<string>> {
    const claims = [...new Map(batches.map((batch) => [claimOf(batch.environmentId, batch.instance, batch.seq), batch]))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, batch]) => batch);
    const rows = await tx.$queryRaw<Claim[]>`
      INSERT INTO telemetry_batch (environment_id, instance, seq, received_at)
      SELECT e, i, s, ${at}
      FROM unnest(${claims.map(({ environmentId }) => environmentId)}::uuid[], ${claims.map(({ instance }) => instance)}::text[],
        ${claims.map(({ seq }) => String(seq))}::bigint[]) AS claim (e, i, s)
      ON CONFLICT DO NOTHING
      RETURNING environment_id, instance, seq`;
    return new Set(rows.map((row) => claimOf(row.environment_id, row.instance, row.seq)));
  }

  private async add(tx: Transaction, { environmentId, additions, at }: Added): Promise<void> {
    if (additions.length === 0) return;
    const text = (of: (addition: Addition) => string | number): string[] => additions.map((addition) => String(of(addition)));
    await tx.$executeRaw`
      INSERT INTO counter (environment_id, slot, flag, version, variant, reason, stage, exposures, exposures_first, ok, err, err_first,
        hist_idx, hist_n, updated_at)
      SELECT ${environmentId}::uuid, to_timestamp(slot / 1000.0), flag, version, variant, reason, stage, exposures, exposures_first, ok, err, err_first,
        idx::smallint[], n::bigint[], ${at}
      FROM unnest(${text(({ slot }) => slot)}::bigint[], ${text(({ flag }) => flag)}::text[], ${text(({ version }) => version)}::bigint[],
        ${text(({ variant }) => variant)}::text[], ${text(({ reason }) => reason)}::text[], ${text(({ stage }) => stage)}::text[],
        ${text(({ exposures }) => exposures)}::bigint[], ${text(({ exposuresFirst }) => exposuresFirst)}::bigint[],
        ${text(({ ok }) => ok)}::bigint[], ${text(({ err }) => err)}::bigint[], ${text(({ errFirst }) => errFirst)}::bigint[],
        ${text(({ hist }) => arrayText(hist.keys()))}::text[], ${text(({ hist }) => arrayText(hist.values()))}::text[])
        AS addition (slot, flag, version, variant, reason, stage, exposures, exposures_first, ok, err, err_first, idx, n)
      ON CONFLICT (environment_id, flag, slot, version, variant, reason, stage) DO UPDATE SET
        exposures = counter.exposures + excluded.exposures,
        ok = counter.ok + excluded.ok,
        err = counter.err + excluded.err,
        exposures_first = counter.exposures_first + excluded.exposures_first,
        err_first = counter.err_first + excluded.err_first,
        updated_at = excluded.updated_at,
        (hist_idx, hist_n) = (
          SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
          FROM (
            SELECT i, sum(n)::bigint AS n
            FROM (SELECT * FROM unnest(counter.hist_idx, counter.hist_n) UNION ALL SELECT * FROM unnest(excluded.hist_idx, excluded.hist_n)) AS both_sides (i, n)
            GROUP BY i
          ) AS merged)`;
  }

  private async addUnknown(tx: Transaction, { environmentId, batches, at }: Unknown): Promise<void> {
    const counts = unknownCounts(batches);
    if (counts.size === 0) return;
    const held = await tx.$queryRaw<{ key: string }[]>`SELECT key FROM unknown_key WHERE environment_id = ${environmentId}::uuid`;
    const bounded = [...boundKeys(counts, new Set(held.map(({ key }) => key)))].sort(([a], [b]) => (a < b ? -1 : 1));
    await tx.$executeRaw`
      INSERT INTO unknown_key (environment_id, key, count, last_seen_at)
      SELECT ${environmentId}::uuid, key, count, ${at}
      FROM unnest(${bounded.map(([key]) => key)}::text[], ${bounded.map(([, count]) => String(count))}::bigint[]) AS asked (key, count)
      ON CONFLICT (environment_id, key) DO UPDATE SET count = unknown_key.count + excluded.count, last_seen_at = excluded.last_seen_at`;
  }
}

interface Added {
  readonly environmentId: string;
  readonly additions: readonly Addition[];
  readonly at: Date;
}

interface Unknown {
  readonly environmentId: string;
  readonly batches: readonly ClaimableBatch[];
  readonly at: Date;
}

/** Batches by environment, in the order of their ids: the order in which rows are locked. */
function byEnvironment(batches: readonly ClaimableBatch[]): [string, ClaimableBatch[]][] {
  const groups = new Map<string, ClaimableBatch[]>();
  for (const batch of batches) groups.set(batch.environmentId, [...(groups.get(batch.environmentId) ?? []), batch]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function arrayText(numbers: Iterable<number>): string {
  return `{${[...numbers].join(',')}}`;
}

function unknownCounts(batches: readonly ClaimableBatch[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number): unknown => count > 0 && counts.set(key, (counts.get(key) ?? 0) + count);
  for (const { unknown, dropped } of batches) {
    for (const [key, count] of unknown) add(key, count);
    add(NO_KEY, dropped);
  }
  return counts;
}

function boundKeys(counts: ReadonlyMap<string, number>, held: ReadonlySet<string>): Map<string, number> {
  const bounded = new Map<string, number>();
  let room = MAX_UNKNOWN_KEYS - held.size;
  for (const [key, count] of counts) {
    const isKept = held.has(key) || key === NO_KEY || room-- > 0;
    const place = isKept ? key : NO_KEY;
    bounded.set(place, (bounded.get(place) ?? 0) + count);
  }
  return bounded;
}
