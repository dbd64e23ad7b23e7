import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import { flagOf, type ObjectiveDocument, type ObjectiveRecord } from './objective.types.js';

/** Which objectives a list shows. */
export interface ObjectiveSearch {
  readonly projectId: string;
  readonly environment?: string | undefined;
  readonly flag?: string | undefined;
  readonly state?: string | undefined;
  readonly after: string | null;
  readonly limit: number;
}

/** What is saved of an objective. */
export interface ObjectiveSave {
  readonly document: ObjectiveDocument;
  readonly at: Date;
}

const columns = Prisma.sql`o.id, o.project_id AS "projectId", o.environment_id AS "environmentId", p.key AS project, e.key AS environment,
  o.name, o.document, o.version, o.created_at AS "createdAt", o.updated_at AS "updatedAt"`;
const tables = Prisma.sql`objective o JOIN environment e ON e.id = o.environment_id JOIN project p ON p.id = o.project_id`;

/** Table of objectives. */
@Injectable()
export class ObjectivesStore {
  constructor(private readonly prisma: PrismaService) {}

  async find(projectId: string, name: string, tx: Transaction = this.prisma): Promise<ObjectiveRecord | null> {
    const [row] = await tx.$queryRaw<ObjectiveRecord[]>`
      SELECT ${columns} FROM ${tables} WHERE o.project_id = ${projectId}::uuid AND o.name = ${name}`;
    return row ?? null;
  }

  /** Every objective of the installation, for the round that evaluates them. */
  all(): Promise<ObjectiveRecord[]> {
    return this.prisma.$queryRaw<ObjectiveRecord[]>`SELECT ${columns} FROM ${tables} ORDER BY o.id`;
  }

  /** Every objective of a project, or of one environment of it, by name. */
  inProject(projectId: string, environment?: string): Promise<ObjectiveRecord[]> {
    return this.prisma.$queryRaw<ObjectiveRecord[]>`
      SELECT ${columns} FROM ${tables}
      WHERE o.project_id = ${projectId}::uuid AND (${environment ?? null}::text IS NULL OR e.key = ${environment ?? null}) ORDER BY o.name`;
  }

  /** A page of a project's objectives in the order of their names, with one more than asked for. */
  list({ projectId, after, limit, ...search }: ObjectiveSearch): Promise<ObjectiveRecord[]> {
    const [environment, flag, state] = [search.environment ?? null, search.flag ?? null, search.state ?? null];
    return this.prisma.$queryRaw<ObjectiveRecord[]>`
      SELECT ${columns} FROM ${tables} LEFT JOIN objective_state s ON s.objective_id = o.id
      WHERE o.project_id = ${projectId}::uuid AND (${after}::text IS NULL OR o.name > ${after})
        AND (${environment}::text IS NULL OR e.key = ${environment}) AND (${flag}::text IS NULL OR o.flag = ${flag})
        AND (${state}::text IS NULL OR coalesce(s.state, 'no_data') = ${state})
      ORDER BY o.name LIMIT ${limit + 1}`;
  }

  /** Locks the counting of a project's objectives, so that two creations cannot both be the last one allowed. */
  async count(tx: Transaction, projectId: string): Promise<number> {
    await tx.$queryRaw`SELECT 1 FROM project WHERE id = ${projectId}::uuid FOR NO KEY UPDATE`;
    return tx.objective.count({ where: { projectId } });
  }

  /** Creates an objective; false when its name is taken. */
  async create(tx: Transaction, record: ObjectiveRecord): Promise<boolean> {
    const { id, projectId, environmentId, name, document, createdAt } = record;
    const rows = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO objective (id, project_id, environment_id, name, flag, document, created_at, updated_at)
      VALUES (${id}::uuid, ${projectId}::uuid, ${environmentId}::uuid, ${name}, ${flagOf(document)}, ${JSON.stringify(document)}::jsonb,
        ${createdAt}::timestamptz, ${createdAt}::timestamptz)
      ON CONFLICT (project_id, name) DO NOTHING RETURNING id`;
    return rows.length > 0;
  }

  /** The objective with this name, locked. */
  async locked(tx: Transaction, projectId: string, name: string): Promise<ObjectiveRecord | null> {
    const [row] = await tx.$queryRaw<ObjectiveRecord[]>`
      SELECT ${columns} FROM ${tables} WHERE o.project_id = ${projectId}::uuid AND o.name = ${name} FOR UPDATE OF o`;
    return row ?? null;
  }

  /** Saves an objective that is locked and counts its version up. */
  async update(tx: Transaction, before: ObjectiveRecord, { document, at }: ObjectiveSave): Promise<ObjectiveRecord> {
    const version = before.version + 1;
    await tx.$executeRaw`
      UPDATE objective SET flag = ${flagOf(document)}, document = ${JSON.stringify(document)}::jsonb, version = ${version}::int,
        updated_at = ${at}::timestamptz WHERE id = ${before.id}::uuid`;
    return { ...before, document, version, updatedAt: at };
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.objective.delete({ where: { id } });
  }
}
