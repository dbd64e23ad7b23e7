import { type AuditedChange, type AuditedChangeDetails, LIMITS, type ListChangesQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { diff } from '../changes/index.js';
import { PrismaService } from '../database/index.js';
import { type AuditEvent, Prisma } from '../generated/prisma/client.js';

/** What is asked of the audit: of one project, or of what belongs to none. */
export interface AuditQuestion {
  readonly projectId: string | null;
  readonly filters: Omit<ListChangesQuery, 'limit' | 'cursor'>;
  readonly limit: number;
  /** Only lines before this one. */
  readonly before: bigint | null;
}

/** Some lines of the audit, and whether older ones match too. */
export interface AuditPage {
  readonly items: readonly AuditedChange[];
  readonly hasMore: boolean;
}

type Line = Omit<AuditEvent, 'projectId' | 'environmentId' | 'bytes'> & { readonly environment: string | null };

const COLUMNS = Prisma.sql`a.id, a.revision, a.actor, a.action, a.resource_kind AS "resourceKind", a.resource_key AS "resourceKey",
  a.reason, a.before, a.after, a.at, e.key AS environment`;

/** Reads the audit: who changed what, when and why. */
@Injectable()
export class AuditView {
  constructor(private readonly prisma: PrismaService) {}

  /** Newest first, as many as the limit and the page's bytes allow, but at least one. */
  async list(question: AuditQuestion): Promise<AuditPage> {
    const lines = await this.prisma.$queryRaw<(Line & { readonly matching: bigint })[]>`
      WITH near AS (
        SELECT ${COLUMNS}, a.bytes FROM audit_event a LEFT JOIN environment e ON e.id = a.environment_id
        WHERE ${Prisma.join(conditions(question), ' AND ')} ORDER BY a.id DESC LIMIT ${question.limit + 1}),
      measured AS (SELECT near.*, sum(bytes) OVER (ORDER BY id DESC) AS "bytesSoFar", count(*) OVER () AS matching FROM near)
      SELECT id, revision, actor, action, "resourceKind", "resourceKey", reason, before, after, at, environment, matching FROM measured
      WHERE "bytesSoFar" <= ${LIMITS.changesPageBytes.max} OR "bytesSoFar" = bytes ORDER BY id DESC LIMIT ${question.limit}`;
    return { items: lines.map(changeOf), hasMore: lines.length < Number(lines[0]?.matching ?? 0) };
  }

  /** One line with the whole resource before and after, or null. */
  async find(projectId: string | null, id: bigint): Promise<AuditedChangeDetails | null> {
    const [line] = await this.prisma.$queryRaw<Line[]>`
      SELECT ${COLUMNS} FROM audit_event a LEFT JOIN environment e ON e.id = a.environment_id
      WHERE ${belongsTo(projectId)} AND a.id = ${id}`;
    return line ? { ...changeOf(line), before: line.before, after: line.after } : null;
  }
}

function belongsTo(projectId: string | null): Prisma.Sql {
  return projectId === null ? Prisma.sql`a.project_id IS NULL` : Prisma.sql`a.project_id = ${projectId}::uuid`;
}

function conditions({ projectId, filters, before }: AuditQuestion): Prisma.Sql[] {
  const given: (Prisma.Sql | null)[] = [
    belongsTo(projectId),
    before === null ? null : Prisma.sql`a.id < ${before}`,
    filters.actor === undefined ? null : Prisma.sql`a.actor = ${filters.actor}`,
    filters.action === undefined ? null : Prisma.sql`a.action = ${filters.action}`,
    filters.kind === undefined ? null : Prisma.sql`a.resource_kind = ${filters.kind}`,
    filters.key === undefined ? null : Prisma.sql`a.resource_key = ${filters.key}`,
    filters.environment === undefined ? null : Prisma.sql`e.key = ${filters.environment}`,
    filters.since === undefined ? null : Prisma.sql`a.at >= ${new Date(filters.since)}`,
    filters.until === undefined ? null : Prisma.sql`a.at < ${new Date(filters.until)}`,
  ];
  return given.filter((condition) => condition !== null);
}

function changeOf(line: Line): AuditedChange {
  return {
    id: line.id.toString(),
    at: line.at.toISOString(),
    actor: line.actor,
    action: line.action,
    reason: line.reason,
    environment: line.environment,
    revision: line.revision === null ? null : Number(line.revision),
    resource: { kind: line.resourceKind, key: line.resourceKey },
    diff: [...diff(line.before, line.after)],
  };
}
