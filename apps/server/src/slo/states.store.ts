import { Injectable } from '@nestjs/common';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import type { Readings } from './readings.js';

/** How an objective stood when it was evaluated. */
export interface StateSave {
  readonly objectiveId: string;
  /** Version of the objective that was evaluated. */
  readonly version: number;
  readonly at: number;
  readonly state: string;
  readonly sli: number | null;
  readonly burn: number;
  readonly remaining: number | null;
  readonly readings: Readings;
  readonly problem: string | null;
}

/** How an objective stood last, as it is stored. */
export interface StateRow {
  readonly objectiveId: string;
  readonly version: number;
  readonly at: Date;
  readonly state: string;
  readonly since: Date;
  readonly remaining: number | null;
  readonly readings: Readings;
  readonly problem: string | null;
}

/** How an objective stood at a moment of its past. */
export interface PastRow {
  readonly at: Date;
  readonly state: 'ok' | 'no_data' | 'burning' | 'exhausted';
  readonly sli: number | null;
  readonly burn: number;
  readonly remaining: number | null;
}

/** How objectives stand and stood. */
@Injectable()
export class StatesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** How these objectives stand. */
  of(objectiveIds: readonly string[], tx: Transaction = this.prisma): Promise<StateRow[]> {
    return tx.$queryRaw<StateRow[]>`
      SELECT objective_id AS "objectiveId", version, at, state, since, remaining, readings, problem
      FROM objective_state WHERE objective_id = ANY(${objectiveIds}::uuid[])`;
  }

  /** Saves what a round found, as far as the objectives are still those that it evaluated. */
  async save(term: Term, saves: readonly StateSave[]): Promise<void> {
    if (saves.length === 0) return;
    const rows = JSON.stringify(saves.map((save) => ({ ...save, at: new Date(save.at).toISOString() })));
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      await tx.$executeRaw`
        INSERT INTO objective_state AS stored (objective_id, version, at, state, since, remaining, readings, problem)
        SELECT o.id, s.version, s.at, s.state, s.at, s.remaining, s.readings, s.problem
        FROM jsonb_to_recordset(${rows}::jsonb) AS s ("objectiveId" uuid, version int, at timestamptz, state text, remaining float8, readings jsonb, problem text)
        JOIN objective o ON o.id = s."objectiveId" AND o.version = s.version
        ORDER BY o.id
        ON CONFLICT (objective_id) DO UPDATE SET version = excluded.version, at = excluded.at, state = excluded.state,
          since = CASE WHEN stored.state = excluded.state THEN stored.since ELSE excluded.since END,
          remaining = excluded.remaining, readings = excluded.readings, problem = excluded.problem
        WHERE (stored.version, stored.at, stored.state, stored.readings, stored.problem)
          IS DISTINCT FROM (excluded.version, excluded.at, excluded.state, excluded.readings, excluded.problem)`;
      await tx.$executeRaw`
        INSERT INTO objective_history (objective_id, at, state, sli, burn, remaining)
        SELECT o.id, date_bin('15 minutes', s.at, '2000-01-01Z'), s.state, s.sli, s.burn, s.remaining
        FROM jsonb_to_recordset(${rows}::jsonb) AS s ("objectiveId" uuid, at timestamptz, state text, sli float8, burn float8, remaining float8)
        JOIN objective o ON o.id = s."objectiveId"
        ON CONFLICT DO NOTHING`;
    });
  }

  /** How an objective stood from a moment to another. */
  past(objectiveId: string, from: Date, to: Date): Promise<PastRow[]> {
    return this.prisma.$queryRaw<PastRow[]>`
      SELECT at, state, sli, burn, remaining FROM objective_history
      WHERE objective_id = ${objectiveId}::uuid AND at >= ${from} AND at < ${to} ORDER BY at`;
  }

  /** Forgets the past before a moment. */
  async prune(term: Term, before: Date): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      await tx.$executeRaw`DELETE FROM objective_history WHERE at < ${before}`;
    });
  }
}
