import { Injectable } from '@nestjs/common';
import { PrismaService, type Run, Statements, type Term } from '../database/index.js';
import { type Addition, mergeAdditions } from './addition.js';
import type { Admitted } from './admission.js';
import { claimBatches, type StaleClaim } from './claims.store.js';
import type { Counted } from './counter-buffer.js';
import { addToRollups, type LevelRows } from './counters.store.js';
import { LEVELS, SLOTS_KEPT_MS } from './levels.js';
import { type Claimable, repeatedAmong } from './otlp/otlp-claims.store.js';
import type { OutcomeAddition } from './outcomes/outcome-addition.js';
import { addOutcomes } from './outcomes/outcome-rows.store.js';
import { type Dated, forgottenAmong } from './senders.store.js';
import type { Series, SeriesNames } from './series.js';
import { countedSince, numberSeries } from './series.store.js';
import { addUnknownFlags } from './unknown-flags.store.js';

/** A change of what is kept that takes longer is tried again another time. */
const PATIENCE = { maxWait: 5_000, timeout: 15_000 };
/** Partitions are made so long before they are needed. */
const AHEAD_MS = 2 * 86_400_000;

/** A batch that waits to be counted once. */
export interface ClaimableBatch extends Admitted, Claimable, Dated {
  readonly instance: string;
  readonly seq: number;
  readonly outcomes: readonly OutcomeAddition[];
  /** Rows that counted more than their sender has room for. */
  readonly clampedRows: number;
}

/** What became of batches, and what was counted of them, added up by series and slot. */
export interface Committed {
  readonly outcomes: readonly Counted[];
  readonly merged: readonly Addition[];
}

function nameOf(environmentId: string, instance: string, seq: number | string): string {
  return `${environmentId} ${seq} ${instance}`;
}

/** Tables of telemetry: who has sent what, counters and keys that nobody knows. */
@Injectable()
export class TelemetryStore {
  constructor(
    private readonly prisma: PrismaService,
    private readonly statements: Statements,
  ) {}

  /** Claims batches and adds what the new ones count to counters of every resolution, in one transaction. */
  async commit(batches: readonly ClaimableBatch[], at: Date): Promise<Committed> {
    await numberSeries(this.statements.run, unnumbered(batches), at);
    try {
      return await this.commitOnce(batches, at);
    } catch (error) {
      if (!lacksPartition(error)) throw error;
      await this.ensurePartitions(at);
      return await this.commitOnce(batches, at);
    }
  }

  /** The series of an environment that were counted since a moment. */
  countedSince(environmentId: string, since: Date): Promise<SeriesNames[]> {
    return countedSince(this.statements.run, environmentId, since);
  }

  /** Makes the partitions that are missing for what may still be counted at this moment, and for two days to come. */
  async ensurePartitions(at: Date): Promise<void> {
    const [since, until] = [new Date(at.getTime() - SLOTS_KEPT_MS), new Date(at.getTime() + AHEAD_MS)];
    await this.prisma.$queryRaw`SELECT ensure_rollup_partitions(${since}, ${until})`;
  }

  private commitOnce(batches: readonly ClaimableBatch[], at: Date): Promise<Committed> {
    return this.statements.transaction('BEGIN', async (run) => {
      const stale = await this.claim(run, batches, at);
      const repeated = await repeatedAmong(run, batches, at);
      const forgotten = await forgottenAmong(run, batches, at);
      // A batch that is in the group twice is counted the first time.
      const outcomes = batches.map((batch): Counted => {
        const name = nameOf(batch.environmentId, batch.instance, batch.seq);
        if (stale.has(name) || repeated.has(batch)) return 'duplicate';
        stale.add(name);
        return forgotten.has(batch) ? 'expired' : 'counted';
      });
      const fresh = batches.filter((_, index) => outcomes[index] === 'counted');
      const merged = await this.add(run, fresh);
      await addOutcomes(
        ({ text, values }) => run({ text, values }),
        fresh.flatMap(({ outcomes: own }) => own),
        at,
      );
      for (const [environmentId, own] of byEnvironment(fresh)) await addUnknownFlags(run, { environmentId, batches: own, at });
      return { outcomes, merged };
    });
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

  /** Forgets series that have no rows any more, some at a time; answers whether there may be more. */
  pruneSeries(before: Date, most: number, term?: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      const pruned = await tx.$executeRaw`
        DELETE FROM telemetry_series WHERE id IN (SELECT id FROM telemetry_series WHERE seen_at < ${before} LIMIT ${most}::int)`;
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

  /** The names of those batches that were counted before. */
  private async claim(run: Run, batches: readonly ClaimableBatch[], at: Date): Promise<Set<string>> {
    const claims = new Map(
      batches.map(({ environmentId, instance, seq, trust, additions, dropped }) => {
        let exposures = 0;
        for (const addition of additions) exposures += addition.exposures;
        return [nameOf(environmentId, instance, seq), { environmentId, instance, seq, trust, exposures, dropped }];
      }),
    );
    const rows = await run<StaleClaim & Record<string, unknown>>(claimBatches([...claims.values()], at));
    return new Set(rows.map((row) => nameOf(row.environment_id, row.instance, row.seq)));
  }

  private async add(run: Run, batches: readonly ClaimableBatch[]): Promise<readonly Addition[]> {
    const merged = mergeAdditions(additionsOf(batches), LEVELS[0]?.widthMs ?? 1);
    if (merged.length === 0) return merged;
    const levels: LevelRows[] = [];
    let additions = merged;
    for (const level of LEVELS) {
      additions = mergeAdditions(additions, level.widthMs);
      levels.push({ level, additions });
    }
    await run(addToRollups(levels));
    return merged;
  }
}

function* additionsOf(batches: readonly ClaimableBatch[]): Generator<Addition> {
  for (const { additions } of batches) yield* additions;
}

function unnumbered(batches: readonly ClaimableBatch[]): readonly Series[] {
  const series = new Set<Series>();
  for (const { additions } of batches) {
    for (const addition of additions) if (addition.series.id === null) series.add(addition.series);
  }
  return [...series];
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
