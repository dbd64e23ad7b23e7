import { Injectable } from '@nestjs/common';
import type { ConfigStep } from '../changes/index.js';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** An approval as it is stored. */
export interface ApprovalRow extends ConfigStep {
  readonly id: string;
  readonly environmentId: string;
  readonly reason: string;
  readonly approvedBy: string;
  readonly approvedAt: Date;
  readonly expiresAt: Date;
  readonly usedBy: string | null;
  readonly usedAt: Date | null;
  readonly withdrawnBy: string | null;
  readonly withdrawnAt: Date | null;
}

/** Versions of a flag and of its configuration. */
export type Versions = Pick<ConfigStep, 'flagVersion' | 'configVersion'>;

const COLUMNS = Prisma.sql`a.id, a.environment_id AS "environmentId", a.flag_id AS "flagId", a.flag_version AS "flagVersion",
  a.config_version AS "configVersion", a.config, a.reason, a.approved_by AS "approvedBy", a.approved_at AS "approvedAt",
  a.expires_at AS "expiresAt", a.used_by AS "usedBy", a.used_at AS "usedAt", a.withdrawn_by AS "withdrawnBy", a.withdrawn_at AS "withdrawnAt"`;
/** Approvals in one answer at most. */
const MOST = 50;

/** Table of approvals. */
@Injectable()
export class ApprovalsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest approvals of a flag in an environment, with what its versions are now; null when there is no such flag. */
  async newest(
    place: { readonly projectId: string; readonly environmentId: string; readonly flag: string },
    tx: Transaction = this.prisma,
  ): Promise<{ readonly now: Versions; readonly rows: readonly ApprovalRow[] } | null> {
    const { projectId, environmentId, flag } = place;
    const [found] = await tx.$queryRaw<(Versions & { readonly flagId: string })[]>`
      SELECT f.id AS "flagId", f.version AS "flagVersion", coalesce(c.version, 0) AS "configVersion"
      FROM flag f LEFT JOIN flag_config c ON c.flag_id = f.id AND c.environment_id = ${environmentId}::uuid
      WHERE f.project_id = ${projectId}::uuid AND f.key = ${flag}`;
    if (found === undefined) return null;
    const { flagId, ...now } = found;
    const rows = await tx.$queryRaw<ApprovalRow[]>`
      SELECT ${COLUMNS} FROM approval a WHERE a.flag_id = ${flagId}::uuid AND a.environment_id = ${environmentId}::uuid
      ORDER BY a.approved_at DESC, a.id LIMIT ${MOST}`;
    return { now, rows };
  }

  /** The approvals of a step that may still be used, locked: whoever comes second finds them used. */
  open(
    tx: Transaction,
    environmentId: string,
    { flagId, flagVersion, configVersion }: Omit<ConfigStep, 'config'>,
    at: Date,
  ): Promise<ApprovalRow[]> {
    return tx.$queryRaw<ApprovalRow[]>`
      SELECT ${COLUMNS} FROM approval a
      WHERE a.flag_id = ${flagId}::uuid AND a.environment_id = ${environmentId}::uuid AND a.used_at IS NULL AND a.withdrawn_at IS NULL
        AND a.expires_at > ${at} AND a.flag_version = ${flagVersion}::int AND a.config_version = ${configVersion}::int
      ORDER BY a.approved_at, a.id FOR UPDATE`;
  }

  async create(tx: Transaction, row: ApprovalRow): Promise<void> {
    const { environmentId, flagId, flagVersion, configVersion, config } = row;
    await tx.$executeRaw`
      INSERT INTO approval (id, environment_id, flag_id, flag_version, config_version, config, reason, approved_by, approved_at, expires_at)
      VALUES (${row.id}::uuid, ${environmentId}::uuid, ${flagId}::uuid, ${flagVersion}::int, ${configVersion}::int, ${JSON.stringify(config)}::jsonb,
        ${row.reason}, ${row.approvedBy}, ${row.approvedAt}, ${row.expiresAt})`;
  }

  /** The approval with this id, locked. */
  async locked(tx: Transaction, environmentId: string, id: string): Promise<ApprovalRow | null> {
    const [row] = await tx.$queryRaw<ApprovalRow[]>`
      SELECT ${COLUMNS} FROM approval a WHERE a.environment_id = ${environmentId}::uuid AND a.id = ${id}::uuid FOR UPDATE`;
    return row ?? null;
  }

  async use(tx: Transaction, id: string, by: string, at: Date): Promise<void> {
    await tx.$executeRaw`UPDATE approval SET used_by = ${by}, used_at = ${at} WHERE id = ${id}::uuid`;
  }

  async withdraw(tx: Transaction, id: string, by: string, at: Date): Promise<void> {
    await tx.$executeRaw`UPDATE approval SET withdrawn_by = ${by}, withdrawn_at = ${at} WHERE id = ${id}::uuid`;
  }

  /** Where approvals of a flag in an environment are given. */
  async pathOf(tx: Transaction, { environmentId, flag }: { readonly environmentId: string; readonly flag: string }): Promise<string> {
    const [place] = await tx.$queryRaw<{ project: string; environment: string }[]>`
      SELECT p.key AS project, e.key AS environment FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = ${environmentId}::uuid`;
    return `/api/v1/projects/${place?.project}/flags/${encodeURIComponent(flag)}/environments/${place?.environment}/approvals`;
  }

  /** Forgets approvals that ended before a moment; the audit keeps them. */
  async prune(term: Term, before: Date): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      await tx.$executeRaw`DELETE FROM approval WHERE expires_at < ${before}`;
    });
  }
}
