import type { AlertMatch } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** A silence as it is stored. */
export interface SilenceRecord {
  readonly id: string;
  readonly projectId: string;
  readonly match: AlertMatch;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const COLUMNS = Prisma.sql`id, project_id AS "projectId", match, starts_at AS "startsAt", ends_at AS "endsAt", reason,
  created_by AS "createdBy", created_at AS "createdAt"`;

/** Table of silences. */
@Injectable()
export class SilencesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Silences that are not over. */
  list(projectId: string, at: Date): Promise<SilenceRecord[]> {
    return this.prisma.$queryRaw<SilenceRecord[]>`
      SELECT ${COLUMNS} FROM alert_silence WHERE project_id = ${projectId}::uuid AND ends_at > ${at} ORDER BY ends_at, id`;
  }

  /** Locks the counting of a project's silences that are not over. */
  async count(tx: Transaction, projectId: string, at: Date): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:silences'), hashtext(${projectId}))::text`;
    return tx.alertSilence.count({ where: { projectId, endsAt: { gt: at } } });
  }

  async create(tx: Transaction, { match, ...record }: SilenceRecord): Promise<void> {
    await tx.alertSilence.create({ data: { ...record, match: { ...match } } });
  }

  /** The silence with this id, locked. */
  async locked(tx: Transaction, projectId: string, id: string): Promise<SilenceRecord | null> {
    const [row] = await tx.$queryRaw<SilenceRecord[]>`
      SELECT ${COLUMNS} FROM alert_silence WHERE project_id = ${projectId}::uuid AND id = ${id}::uuid FOR UPDATE`;
    return row ?? null;
  }

  async reschedule(tx: Transaction, { id, startsAt, endsAt }: SilenceRecord): Promise<void> {
    await tx.alertSilence.update({ where: { id }, data: { startsAt, endsAt } });
  }
}
