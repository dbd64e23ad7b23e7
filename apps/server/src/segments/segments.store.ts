import type { Condition } from '@ballast/evaluation';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { SegmentDraft } from './segment-checks.js';

/** A segment as it is stored. */
export interface SegmentRecord extends SegmentDraft {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is saved of a segment. */
export interface SegmentSave extends SegmentDraft {
  readonly projectId: string;
  readonly name: string;
  readonly description: string;
  readonly segmentRefs: readonly string[];
  readonly at: Date;
}

/** A segment in a list: the lengths of its lists instead of the lists. */
export interface SegmentSummaryRow extends Pick<SegmentRecord, 'key' | 'name' | 'description' | 'version' | 'updatedAt'> {
  readonly included: number;
  readonly excluded: number;
}

/** Which segments a list shows. */
export interface SegmentSearch {
  readonly projectId: string;
  readonly q: string | undefined;
  readonly after: string | null;
  readonly limit: number;
}

const columns = Prisma.sql`id, key, name, description, "when"::jsonb AS "when", by, included, excluded, version,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Table of segments. Conditions are written as JSON text: Prisma's own JSON drops a member named `__proto__`. */
@Injectable()
export class SegmentsStore {
  constructor(private readonly prisma: PrismaService) {}

  async find(projectId: string, key: string, tx: Transaction = this.prisma): Promise<SegmentRecord | null> {
    const [row] = await tx.$queryRaw<SegmentRecord[]>`
      SELECT ${columns} FROM segment WHERE project_id = ${projectId}::uuid AND key = ${key}`;
    return row ?? null;
  }

  /** Every segment of a project. */
  all(tx: Transaction, projectId: string): Promise<SegmentRecord[]> {
    return tx.$queryRaw<SegmentRecord[]>`SELECT ${columns} FROM segment WHERE project_id = ${projectId}::uuid ORDER BY key`;
  }

  /** A page of a project's segments, in the order of their keys, with one more than asked for. */
  list({ projectId, q, after, limit }: SegmentSearch): Promise<SegmentSummaryRow[]> {
    const part = q === undefined ? null : `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
    return this.prisma.$queryRaw<SegmentSummaryRow[]>`
      SELECT key, name, description, cardinality(included) AS included, cardinality(excluded) AS excluded, version, updated_at AS "updatedAt"
      FROM segment WHERE project_id = ${projectId}::uuid AND (${after}::text IS NULL OR key > ${after})
        AND (${part}::text IS NULL OR key ILIKE ${part} OR name ILIKE ${part} OR description ILIKE ${part})
      ORDER BY key LIMIT ${limit + 1}`;
  }

  count(tx: Transaction, projectId: string): Promise<number> {
    return tx.segment.count({ where: { projectId } });
  }

  /** Saves a new segment; null when its key is taken. */
  async create(tx: Transaction, segment: SegmentSave): Promise<SegmentRecord | null> {
    const { projectId, key, name, description, at } = segment;
    const [row] = await tx.$queryRaw<SegmentRecord[]>`
      INSERT INTO segment (project_id, key, name, description, "when", by, included, excluded, segment_refs, created_at, updated_at)
      VALUES (${projectId}::uuid, ${key}, ${name}, ${description}, ${whenText(segment.when)}::jsonb, ${segment.by}, ${segment.included}::text[],
        ${segment.excluded}::text[], ${segment.segmentRefs}::text[], ${at}::timestamptz, ${at}::timestamptz)
      ON CONFLICT (project_id, key) DO NOTHING RETURNING ${columns}`;
    return row ?? null;
  }

  /** Saves a segment that exists and counts its version up. */
  async update(tx: Transaction, id: string, segment: SegmentSave): Promise<SegmentRecord> {
    const [row] = await tx.$queryRaw<SegmentRecord[]>`
      UPDATE segment SET name = ${segment.name}, description = ${segment.description}, "when" = ${whenText(segment.when)}::jsonb, by = ${segment.by},
        included = ${segment.included}::text[], excluded = ${segment.excluded}::text[], segment_refs = ${segment.segmentRefs}::text[],
        version = version + 1, updated_at = ${segment.at}::timestamptz
      WHERE id = ${id}::uuid RETURNING ${columns}`;
    if (row === undefined) throw new Error('a segment vanished under its lock');
    return row;
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.segment.delete({ where: { id } });
  }
}

function whenText(when: Condition | null): string | null {
  return when === null ? null : JSON.stringify(when);
}
