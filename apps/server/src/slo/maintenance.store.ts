import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** Declared maintenance as it is stored, with the key of its environment. */
export interface MaintenanceRow {
  readonly id: string;
  readonly projectId: string;
  /** null: every environment. */
  readonly environmentId: string | null;
  readonly environment: string | null;
  /** null: every flag. */
  readonly flag: string | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const columns = Prisma.sql`m.id, m.project_id AS "projectId", m.environment_id AS "environmentId", e.key AS environment, m.flag,
  m.starts_at AS "startsAt", m.ends_at AS "endsAt", m.reason, m.created_by AS "createdBy", m.created_at AS "createdAt"`;
const tables = Prisma.sql`maintenance m LEFT JOIN environment e ON e.id = m.environment_id`;

/** Table of declared maintenance. */
@Injectable()
export class MaintenanceStore {
  constructor(private readonly prisma: PrismaService) {}

  /** All that was not over at a moment, in any project. */
  since(at: Date): Promise<MaintenanceRow[]> {
    return this.prisma.$queryRaw<MaintenanceRow[]>`SELECT ${columns} FROM ${tables} WHERE m.ends_at > ${at} ORDER BY m.starts_at, m.id`;
  }

  /** All of a project that was not over at a moment, latest first. */
  inProject(projectId: string, at: Date): Promise<MaintenanceRow[]> {
    return this.prisma.$queryRaw<MaintenanceRow[]>`
      SELECT ${columns} FROM ${tables} WHERE m.project_id = ${projectId}::uuid AND m.ends_at > ${at}
      ORDER BY m.starts_at DESC, m.id LIMIT 1000`;
  }

  async countOpen(tx: Transaction, projectId: string, at: Date): Promise<number> {
    await tx.$queryRaw`SELECT 1 FROM project WHERE id = ${projectId}::uuid FOR NO KEY UPDATE`;
    return tx.maintenance.count({ where: { projectId, endsAt: { gt: at } } });
  }

  async create(tx: Transaction, { environment: _, ...row }: MaintenanceRow): Promise<void> {
    await tx.maintenance.create({ data: row });
  }

  /** The maintenance with this id, locked. */
  async locked(tx: Transaction, projectId: string, id: string): Promise<MaintenanceRow | null> {
    const [row] = await tx.$queryRaw<MaintenanceRow[]>`
      SELECT ${columns} FROM ${tables} WHERE m.project_id = ${projectId}::uuid AND m.id = ${id}::uuid FOR UPDATE OF m`;
    return row ?? null;
  }

  async reschedule(tx: Transaction, id: string, times: { readonly startsAt: Date; readonly endsAt: Date }): Promise<void> {
    await tx.maintenance.update({ where: { id }, data: times });
  }
}
