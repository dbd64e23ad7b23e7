import { isStorable, type ListFlagsQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { FlagConfig, FlagRecord, KillRow } from './flag.types.js';
import { type ConfigRow, configColumns, flagColumns } from './flags.store.js';

/** A kill with its place. */
export interface PlacedKill extends KillRow {
  readonly flagId: string;
  readonly environmentId: string;
}

/** A flag that has another one as a prerequisite in an environment. */
export interface Dependent {
  readonly environment: string;
  readonly flag: string;
  readonly clientVisible: boolean;
  readonly prerequisites: FlagConfig['prerequisites'];
}

/** Which flags a list shows. */
export interface FlagSearch extends Omit<ListFlagsQuery, 'cursor' | 'limit'> {
  readonly projectId: string;
  readonly after: string | null;
  readonly limit: number;
  readonly now: Date;
}

/** Where flags and what hangs on them are read; writes nothing. */
@Injectable()
export class FlagsView {
  constructor(private readonly prisma: PrismaService) {}

  /** The flag with this key, archived or not; the database is not asked for what cannot be a key. */
  async find(projectId: string, key: string, tx: Transaction = this.prisma): Promise<FlagRecord | null> {
    const [row] = isStorable(key) ? await this.findMany(projectId, [key], tx) : [];
    return row ?? null;
  }

  findMany(projectId: string, keys: readonly string[], tx: Transaction): Promise<FlagRecord[]> {
    return tx.$queryRaw<FlagRecord[]>`
      SELECT ${flagColumns} FROM flag f WHERE f.project_id = ${projectId}::uuid AND f.key = ANY(${keys}::text[])`;
  }

  /** Every flag of a project that is not archived. */
  live(projectId: string, tx: Transaction): Promise<FlagRecord[]> {
    return tx.$queryRaw<FlagRecord[]>`
      SELECT ${flagColumns} FROM flag f WHERE f.project_id = ${projectId}::uuid AND f.archived_at IS NULL ORDER BY f.key`;
  }

  async countLive(projectId: string, tx: Transaction): Promise<number> {
    return tx.flag.count({ where: { projectId, archivedAt: null } });
  }

  /** A page of flags in the order of their keys, with one more than asked for. */
  list(search: FlagSearch): Promise<FlagRecord[]> {
    return this.prisma.$queryRaw<FlagRecord[]>`
      SELECT ${flagColumns} FROM flag f WHERE ${Prisma.join(conditionsOf(search), ' AND ')} ORDER BY f.key LIMIT ${search.limit + 1}`;
  }

  configs(flagIds: readonly string[], tx: Transaction = this.prisma): Promise<ConfigRow[]> {
    return tx.$queryRaw<ConfigRow[]>`SELECT ${configColumns} FROM flag_config c WHERE c.flag_id = ANY(${flagIds}::uuid[])`;
  }

  kills(flagIds: readonly string[], tx: Transaction = this.prisma): Promise<PlacedKill[]> {
    return tx.$queryRaw<PlacedKill[]>`
      SELECT flag_id AS "flagId", environment_id AS "environmentId", actor, reason, killed_at AS "killedAt"
      FROM kill WHERE flag_id = ANY(${flagIds}::uuid[])`;
  }

  /** What every flag of an environment has as prerequisites; flags without any are left out. */
  async prerequisites(environmentId: string, tx: Transaction): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await tx.$queryRaw<{ readonly key: string; readonly prerequisites: FlagConfig['prerequisites'] }[]>`
      SELECT f.key, c.prerequisites FROM flag_config c JOIN flag f ON f.id = c.flag_id
      WHERE c.environment_id = ${environmentId}::uuid AND f.archived_at IS NULL AND c.prerequisites <> '[]'`;
    return new Map(rows.map(({ key, prerequisites }) => [key, prerequisites.map(({ flag }) => flag)]));
  }

  /** The flags that have this one as a prerequisite, in any environment. */
  dependents(flag: Pick<FlagRecord, 'projectId' | 'key'>, tx: Transaction): Promise<Dependent[]> {
    return tx.$queryRaw<Dependent[]>`
      SELECT e.key AS environment, f.key AS flag, f.client_visible AS "clientVisible", c.prerequisites
      FROM flag_config c JOIN flag f ON f.id = c.flag_id JOIN environment e ON e.id = c.environment_id
      WHERE f.project_id = ${flag.projectId}::uuid AND f.archived_at IS NULL
        AND c.prerequisites @> ${JSON.stringify([{ flag: flag.key }])}::jsonb
      ORDER BY e.key, f.key`;
  }

  /** Every flag of a project that has prerequisites, in any environment. */
  allDependents(projectId: string, tx: Transaction): Promise<Dependent[]> {
    return tx.$queryRaw<Dependent[]>`
      SELECT e.key AS environment, f.key AS flag, f.client_visible AS "clientVisible", c.prerequisites
      FROM flag_config c JOIN flag f ON f.id = c.flag_id JOIN environment e ON e.id = c.environment_id
      WHERE f.project_id = ${projectId}::uuid AND f.archived_at IS NULL AND c.prerequisites <> '[]' ORDER BY e.key, f.key`;
  }

  /** The configuration that a flag had in an environment after a change; null when it was never saved before it. */
  async configAt(place: FlagHistoryPlace, tx: Transaction): Promise<FlagConfig | null> {
    const [row] = await tx.$queryRaw<{ readonly after: FlagConfig }[]>`
      SELECT after FROM audit_event
      WHERE project_id = ${place.projectId}::uuid AND resource_kind = 'flag' AND resource_key = ${place.key} AND id <= ${place.changeId}::bigint
        AND environment_id = ${place.environmentId}::uuid AND action = 'flag.configure'
      ORDER BY id DESC LIMIT 1`;
    return row?.after ?? null;
  }

  /** Whether a change concerns a flag. */
  async hasChange(place: Omit<FlagHistoryPlace, 'environmentId'>, tx: Transaction): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM audit_event WHERE id = ${place.changeId}::bigint AND project_id = ${place.projectId}::uuid
        AND resource_kind = 'flag' AND resource_key = ${place.key}`;
    return rows.length > 0;
  }
}

/** A moment in the history of a flag. */
export interface FlagHistoryPlace {
  readonly projectId: string;
  readonly environmentId: string;
  readonly key: string;
  readonly changeId: string;
}

const stateConditions = {
  active: (now: Date) => Prisma.sql`f.archived_at IS NULL AND (f.expires_at IS NULL OR f.expires_at > ${now}::timestamptz)`,
  expired: (now: Date) => Prisma.sql`f.archived_at IS NULL AND f.expires_at <= ${now}::timestamptz`,
  killed: () => Prisma.sql`f.archived_at IS NULL AND EXISTS (SELECT 1 FROM kill k WHERE k.flag_id = f.id)`,
  archived: () => Prisma.sql`f.archived_at IS NOT NULL`,
} as const;

function conditionsOf({ projectId, after, now, ...search }: FlagSearch): Prisma.Sql[] {
  const { owner, kind, tag, state, expiringBefore, q } = search;
  const part = q === undefined ? undefined : `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const conditions: (Prisma.Sql | undefined)[] = [
    Prisma.sql`f.project_id = ${projectId}::uuid`,
    state === undefined ? Prisma.sql`f.archived_at IS NULL` : stateConditions[state](now),
    after === null ? undefined : Prisma.sql`f.key > ${after}`,
    owner === undefined ? undefined : Prisma.sql`f.owner = ${owner}`,
    kind === undefined ? undefined : Prisma.sql`f.kind = ${kind}`,
    tag === undefined ? undefined : Prisma.sql`f.tags @> ARRAY[${tag}]::text[]`,
    expiringBefore === undefined ? undefined : Prisma.sql`f.expires_at < ${new Date(expiringBefore)}::timestamptz`,
    part === undefined ? undefined : Prisma.sql`(f.key ILIKE ${part} OR f.name ILIKE ${part} OR f.description ILIKE ${part})`,
  ];
  return conditions.filter((condition) => condition !== undefined);
}
