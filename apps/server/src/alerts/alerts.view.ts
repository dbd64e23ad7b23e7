import type { Silence } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { AlertRecord } from './alert.types.js';
import type { Change } from './message.js';

/** Which alerts a list shows. */
export interface AlertSearch {
  readonly projectId: string;
  readonly environment?: string | undefined;
  readonly flag?: string | undefined;
  readonly phases: readonly string[];
}

/** Where and when something changed. */
export interface ChangeSearch {
  readonly projectId: string;
  readonly environmentId: string;
  /** The hour before this moment. */
  readonly before: number;
}

const HOUR = 3_600_000;
/** Lines that a message shows at most … */
const MOST_CHANGES = 10;
/** … of the newest lines that are looked through. */
const LOOKED_THROUGH = 500;
/** Alerts in a list at most; there are two for each objective. */
const MOST_ALERTS = 1_000;

interface SilenceRow {
  readonly id: string;
  readonly project: string;
  readonly match: Silence['match'];
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly reason: string;
  readonly by: string;
}

/** Reads alerts, what holds them back, and what changed before them. */
@Injectable()
export class AlertsView {
  constructor(private readonly prisma: PrismaService) {}

  list({ projectId, environment, flag, phases }: AlertSearch): Promise<AlertRecord[]> {
    return this.prisma.$queryRaw<AlertRecord[]>`
      SELECT key, project_id AS "projectId", environment_id AS "environmentId", objective_id AS "objectiveId", labels, memory, reading,
        evaluated_at AS "evaluatedAt", version, reached
      FROM alert WHERE project_id = ${projectId}::uuid AND phase = ANY(${phases}::text[])
        AND (${environment ?? null}::text IS NULL OR labels->>'environment' = ${environment ?? null})
        AND (${flag ?? null}::text IS NULL OR flag = ${flag ?? null})
      ORDER BY severity, since DESC, key LIMIT ${MOST_ALERTS}`;
  }

  /** Silences and declared maintenance that hold at a moment; of all projects unless one is named. */
  async silences(at: Date, projectId: string | null = null, tx: Transaction = this.prisma): Promise<readonly Silence[]> {
    const own = projectId === null ? Prisma.sql`true` : Prisma.sql`p.id = ${projectId}::uuid`;
    const [silences, maintenance] = [
      await tx.$queryRaw<SilenceRow[]>`
        SELECT s.id, p.key AS project, s.match, s.starts_at AS "startsAt", s.ends_at AS "endsAt", s.reason, s.created_by AS by
        FROM alert_silence s JOIN project p ON p.id = s.project_id WHERE ${own} AND s.starts_at <= ${at} AND s.ends_at > ${at} ORDER BY s.ends_at DESC`,
      await tx.$queryRaw<SilenceRow[]>`
        SELECT m.id, p.key AS project, jsonb_strip_nulls(jsonb_build_object('environment', e.key, 'flag', m.flag)) AS match,
          m.starts_at AS "startsAt", m.ends_at AS "endsAt", m.reason, m.created_by AS by
        FROM maintenance m JOIN project p ON p.id = m.project_id LEFT JOIN environment e ON e.id = m.environment_id
        WHERE ${own} AND m.starts_at <= ${at} AND m.ends_at > ${at} ORDER BY m.ends_at DESC`,
    ];
    return [...silences.map((row) => silenceOfRow(row, 'silence')), ...maintenance.map((row) => silenceOfRow(row, 'maintenance'))];
  }

  /** What changed in an environment, or in the whole project, in an hour, newest first. */
  async changes(tx: Transaction, { projectId, environmentId, before }: ChangeSearch): Promise<readonly Change[]> {
    const rows = await tx.$queryRaw<(Omit<Change, 'at'> & { readonly at: Date })[]>`
      WITH newest AS (SELECT * FROM audit_event WHERE project_id = ${projectId}::uuid ORDER BY id DESC LIMIT ${LOOKED_THROUGH})
      SELECT a.at, a.actor, a.action, a.resource_kind AS kind, a.resource_key AS key, e.key AS environment, a.reason
      FROM newest a LEFT JOIN environment e ON e.id = a.environment_id
      WHERE (a.environment_id IS NULL OR a.environment_id = ${environmentId}::uuid)
        AND a.at > ${new Date(before - HOUR)} AND a.at <= ${new Date(before)}
      ORDER BY a.id DESC LIMIT ${MOST_CHANGES}`;
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }
}

function silenceOfRow({ id, project, match, startsAt, endsAt, reason, by }: SilenceRow, kind: Silence['kind']): Silence {
  return { id, kind, match: { ...match, project }, from: startsAt.getTime(), to: endsAt.getTime(), reason, by };
}
