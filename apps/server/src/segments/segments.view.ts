import type { SegmentUse } from '@ballast/api';
import type { Segment } from '@ballast/evaluation';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import type { SegmentReach } from './reach.js';

interface NodeRow {
  readonly key: string;
  readonly hasLists: boolean;
  readonly refs: readonly string[];
}

interface RefsRow {
  readonly environmentId: string;
  readonly refs: readonly string[];
}

interface EntryRow {
  readonly environmentId: string;
  readonly key: string;
  readonly server: string;
}

/** A segment as an environment serves it now. */
export interface ServedSegment {
  readonly environmentId: string;
  readonly segment: Segment;
}

/** How segments hang together with each other and with flags. */
@Injectable()
export class SegmentsView {
  constructor(private readonly prisma: PrismaService) {}

  /** The segments of a project and what client-visible flags name of them, as the transaction sees it. */
  async reach(tx: Transaction, projectId: string): Promise<SegmentReach> {
    const nodes = await tx.$queryRaw<NodeRow[]>`
      SELECT key, cardinality(included) + cardinality(excluded) > 0 AS "hasLists", segment_refs AS refs
      FROM segment WHERE project_id = ${projectId}::uuid`;
    const refs = await tx.$queryRaw<RefsRow[]>`
      SELECT c.environment_id AS "environmentId", array_agg(DISTINCT named) AS refs
      FROM flag_config c JOIN flag f ON f.id = c.flag_id CROSS JOIN unnest(c.segment_refs) AS named
      WHERE f.project_id = ${projectId}::uuid AND f.client_visible AND f.archived_at IS NULL
      GROUP BY c.environment_id`;
    return {
      nodes: new Map(nodes.map(({ key, ...node }) => [key, node])),
      clientRefs: new Map(refs.map((row) => [row.environmentId, row.refs])),
    };
  }

  /** What these environments serve of these segments. */
  async served(tx: Transaction, environmentIds: readonly string[], keys: readonly string[]): Promise<readonly ServedSegment[]> {
    const rows = await tx.$queryRaw<EntryRow[]>`
      SELECT environment_id AS "environmentId", key, server FROM snapshot_entry
      WHERE kind = 'segment' AND environment_id = ANY(${environmentIds}::uuid[]) AND key = ANY(${keys}::text[])`;
    return rows.map(({ environmentId, server }) => ({ environmentId, segment: JSON.parse(server) }));
  }

  /** The flags, per environment, and the segments that name a segment. */
  async usedBy(projectId: string, key: string, tx: Transaction = this.prisma): Promise<SegmentUse> {
    const flags = await tx.$queryRaw<SegmentUse['flags']>`
      SELECT e.key AS environment, f.key AS flag
      FROM flag_config c JOIN flag f ON f.id = c.flag_id JOIN environment e ON e.id = c.environment_id
      WHERE f.project_id = ${projectId}::uuid AND f.archived_at IS NULL AND ${key} = ANY(c.segment_refs)
      ORDER BY e.key, f.key`;
    const segments = await tx.$queryRaw<{ readonly key: string }[]>`
      SELECT key FROM segment WHERE project_id = ${projectId}::uuid AND ${key} = ANY(segment_refs) ORDER BY key`;
    return { flags, segments: segments.map((row) => row.key) };
  }
}
