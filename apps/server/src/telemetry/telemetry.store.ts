import { Injectable } from '@nestjs/common';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import { type Addition, mergeAdditions } from './addition.js';
import type { Admitted } from './admission.js';
import { claimBatches } from './claims.store.js';
import type { Counted } from './counter-buffer.js';
import { addToLevel, rowsOf } from './counters.store.js';
import { LEVELS, SLOTS_KEPT_MS } from './levels.js';
import { type Claimable, repeatedAmong } from './otlp/otlp-claims.store.js';
import type { OutcomeAddition } from './outcomes/outcome-addition.js';
import { addOutcomes } from './outcomes/outcome-rows.store.js';
import { addUnknownKeys } from './unknown-keys.store.js';

/** A commit that takes longer fails, and its batches are sent again. */
const PATIENCE = { maxWait: 5_000, timeout: 15_000 };
/** Partitions are made so long before they are needed. */
const AHEAD_MS = 2 * 86_400_000;

/** A batch that waits to be counted once. */
export interface ClaimableBatch extends Admitted, Claimable {
  readonly instance: string;
  readonly seq: number;
  readonly outcomes: readonly OutcomeAddition[];
}

interface NewClaim {
  readonly environment_id: string;
  readonly instance: string;
  readonly seq: bigint;
}

function claimOf(environmentId: string, instance: string, seq: number | bigint): string {
  return JSON.stringify([environmentId, instance, String(seq)]);
}

/** Tables of telemetry: who has sent what, counters and keys that nobody knows. */
@Injectable()
export class TelemetryStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Claims batches and adds what the new ones count to counters of every resolution, in one transaction. */
  async commit(batches: readonly ClaimableBatch[], at: Date): Promise<readonly Counted[]> {
    try {
      return await this.commitOnce(batches, at);
    } catch (error) {
      if (!lacksPartition(error)) throw error;
      await this.ensurePartitions(at);
      return await this.commitOnce(batches, at);
    }
  }

  /** Makes the partitions that are missing for what may still be counted at this moment, and for two days to come. */
  async ensurePartitions(at: Date): Promise<void> {
    const [since, until] = [new Date(at.getTime() - SLOTS_KEPT_MS), new Date(at.getTime() + AHEAD_MS)];
    await this.prisma.$queryRaw`SELECT ensure_counter_partitions(${since}, ${until})`;
  }

  private commitOnce(batches: readonly ClaimableBatch[], at: Date): Promise<readonly Counted[]> {
    return this.prisma.$transaction(async (tx) => {
      const open = await this.claim(tx, batches, at);
      const repeated = await repeatedAmong(tx, batches, at);
      const outcomes = batches.map((batch): Counted => {
        const isNew = open.delete(claimOf(batch.environmentId, batch.instance, batch.seq));
        return isNew && !repeated.has(batch) ? 'counted' : 'duplicate';
      });
      const fresh = batches.filter((_, index) => outcomes[index] === 'counted');
      await this.add(tx, fresh, at);
      await addOutcomes(
        tx,
        fresh.flatMap(({ outcomes: own }) => own),
        at,
      );
      for (const [environmentId, own] of byEnvironment(fresh)) await addUnknownKeys(tx, { environmentId, batches: own, at });
      return outcomes;
    }, PATIENCE);
  }

  /** Forgets who has sent nothing since a day, some at a time; answers whether there may be more. */
  pruneInstances(before: Date, most: number, term?: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      const pruned = await tx.$executeRaw`
        DELETE FROM telemetry_instance WHERE ctid IN (
          SELECT ctid FROM telemetry_instance WHERE seen_on <= ${before}::date AND last_seen_at < ${before} LIMIT ${most}::int)`;
      return pruned === most;
    }, PATIENCE);
  }

  /** Drops the partitions of one resolution that hold nothing younger than a moment; nobody is kept waiting for long. */
  dropPartitions(table: string, before: Date, term?: Term): Promise<void> {
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      await tx.$executeRaw`SELECT set_config('lock_timeout', '2s', true)`;
      await tx.$executeRaw`SELECT drop_counter_partitions(${table}, ${before})`;
    }, PATIENCE);
  }

  /** Those of the batches that had not been counted before. */
  private async claim(tx: Transaction, batches: readonly ClaimableBatch[], at: Date): Promise<Set<string>> {
    const claims = new Map(
      batches.map(({ environmentId, instance, seq, trust, additions, dropped }) => {
        const exposures = additions.reduce((sum, addition) => sum + addition.exposures, 0);
        return [claimOf(environmentId, instance, seq), { environment_id: environmentId, instance, seq, trust, exposures, dropped }];
      }),
    );
    const rows = await tx.$queryRaw<NewClaim[]>(claimBatches([...claims.values()], at));
    return new Set(rows.map((row) => claimOf(row.environment_id, row.instance, row.seq)));
  }

  private async add(tx: Transaction, batches: readonly ClaimableBatch[], at: Date): Promise<void> {
    let additions: readonly Addition[] = batches.flatMap(({ additions: own }) => own);
    if (additions.length === 0) return;
    for (const level of LEVELS) {
      additions = mergeAdditions(additions, level.widthMs);
      await tx.$executeRaw(addToLevel(level, rowsOf(additions), at));
    }
  }
}

/** Nobody has led for two days, or the clock was put on. */
function lacksPartition(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no partition of relation');
}

/** Batches by environment, in the order of their ids: the order in which rows are locked. */
function byEnvironment(batches: readonly ClaimableBatch[]): [string, ClaimableBatch[]][] {
  const groups = new Map<string, ClaimableBatch[]>();
  for (const batch of batches) {
    const group = groups.get(batch.environmentId);
    if (group === undefined) groups.set(batch.environmentId, [batch]);
    else group.push(batch);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
