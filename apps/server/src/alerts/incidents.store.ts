import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** An incident as it is stored, with the key of its environment. */
export interface IncidentRecord {
  readonly id: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly environment: string;
  readonly flag: string | null;
  readonly title: string;
  readonly triggerId: string | null;
  readonly identity: string | null;
  readonly openedBy: string;
  readonly openedAt: Date;
  readonly closedBy: string | null;
  readonly closedAt: Date | null;
}

/** Which incidents a list shows. */
export interface IncidentSearch {
  readonly projectId: string;
  readonly isOpen: boolean | null;
  readonly before: { readonly at: Date; readonly id: string } | null;
  readonly limit: number;
}

const COLUMNS = Prisma.sql`i.id, i.project_id AS "projectId", i.environment_id AS "environmentId", e.key AS environment, i.flag, i.title,
  i.trigger_id AS "triggerId", i.identity, i.opened_by AS "openedBy", i.opened_at AS "openedAt", i.closed_by AS "closedBy", i.closed_at AS "closedAt"`;
const TABLES = Prisma.sql`incident i JOIN environment e ON e.id = i.environment_id`;

/** Table of incidents. */
@Injectable()
export class IncidentsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Newest first, one more than asked for. */
  list({ projectId, isOpen, before, limit }: IncidentSearch): Promise<IncidentRecord[]> {
    const after = before === null ? Prisma.sql`true` : Prisma.sql`(i.opened_at, i.id) < (${before.at}, ${before.id}::uuid)`;
    return this.prisma.$queryRaw<IncidentRecord[]>`
      SELECT ${COLUMNS} FROM ${TABLES} WHERE i.project_id = ${projectId}::uuid AND ${after}
        AND (${isOpen}::boolean IS NULL OR (i.closed_at IS NULL) = ${isOpen})
      ORDER BY i.opened_at DESC, i.id DESC LIMIT ${limit + 1}`;
  }

  /** One incident, locked. */
  async locked(tx: Transaction, projectId: string, id: string): Promise<IncidentRecord | null> {
    const [row] = await tx.$queryRaw<IncidentRecord[]>`
      SELECT ${COLUMNS} FROM ${TABLES} WHERE i.project_id = ${projectId}::uuid AND i.id = ${id}::uuid FOR UPDATE OF i`;
    return row ?? null;
  }

  /** The open incidents that an alert opened through a trigger, locked. */
  openedBy(tx: Transaction, triggerId: string, identity: string): Promise<IncidentRecord[]> {
    return tx.$queryRaw<IncidentRecord[]>`
      SELECT ${COLUMNS} FROM ${TABLES}
      WHERE i.trigger_id = ${triggerId}::uuid AND i.identity = ${identity} AND i.closed_at IS NULL ORDER BY i.id FOR UPDATE OF i`;
  }

  async create(tx: Transaction, { environment: _, ...record }: IncidentRecord): Promise<void> {
    await tx.incident.create({ data: record });
  }

  async close(tx: Transaction, { id, closedAt, closedBy }: IncidentRecord): Promise<void> {
    await tx.incident.update({ where: { id }, data: { closedAt, closedBy } });
  }
}
