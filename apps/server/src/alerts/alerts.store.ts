import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { AlertRecord } from './alert.types.js';

const COLUMNS = Prisma.sql`key, project_id AS "projectId", environment_id AS "environmentId", objective_id AS "objectiveId",
  labels, memory, reading, evaluated_at AS "evaluatedAt", version, reached`;

/** Table of alerts. */
@Injectable()
export class AlertsStore {
  /** The alerts of these objectives, and all that are not over or whose end was not told, locked. */
  locked(tx: Transaction, objectiveIds: readonly string[]): Promise<AlertRecord[]> {
    return tx.$queryRaw<AlertRecord[]>`
      SELECT ${COLUMNS} FROM alert
      WHERE objective_id = ANY(${objectiveIds}::uuid[]) OR phase IN ('pending', 'firing') OR memory->>'told' = 'firing'
      ORDER BY key FOR UPDATE`;
  }

  /** One alert, locked. */
  async one(tx: Transaction, projectId: string, key: string): Promise<AlertRecord | null> {
    const [row] = await tx.$queryRaw<AlertRecord[]>`
      SELECT ${COLUMNS} FROM alert WHERE project_id = ${projectId}::uuid AND key = ${key} FOR UPDATE`;
    return row ?? null;
  }

  /** Saves alerts as they are now. */
  async save(tx: Transaction, records: readonly AlertRecord[]): Promise<void> {
    if (records.length === 0) return;
    const rows = records.map(({ memory, evaluatedAt, ...record }) => ({
      ...record,
      memory,
      severity: record.labels.severity,
      flag: record.labels.flag ?? null,
      phase: memory.phase,
      since: new Date(memory.since).toISOString(),
      evaluatedAt: evaluatedAt.toISOString(),
    }));
    await tx.$executeRaw`
      INSERT INTO alert (key, project_id, environment_id, objective_id, severity, flag, labels, phase, since, memory, reading, evaluated_at, version, reached)
      SELECT key, "projectId", "environmentId", "objectiveId", severity, flag, labels, phase, since, memory, reading, "evaluatedAt", version, reached
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row (key text, "projectId" uuid, "environmentId" uuid, "objectiveId" uuid,
        severity text, flag text, labels jsonb, phase text, since timestamptz, memory jsonb, reading jsonb, "evaluatedAt" timestamptz, version int, reached int)
      ORDER BY key
      ON CONFLICT (key) DO UPDATE SET objective_id = excluded.objective_id, flag = excluded.flag, labels = excluded.labels, phase = excluded.phase,
        since = excluded.since, memory = excluded.memory, reading = excluded.reading, evaluated_at = excluded.evaluated_at,
        version = excluded.version, reached = excluded.reached`;
  }
}
