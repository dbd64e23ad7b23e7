import type { ChannelConfig } from '@ballast/api';
import type { AlertMatch } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { Listening } from './address.js';
import type { ChannelSecret } from './outbox.store.js';

/** A channel as it is stored. */
export interface ChannelRecord {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly level: number;
  readonly match: AlertMatch;
  readonly config: ChannelConfig;
  readonly secrets: readonly ChannelSecret[];
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const COLUMNS = Prisma.sql`id, project_id AS "projectId", name, level, match, config, secrets, disabled_at AS "disabledAt",
  disabled_reason AS "disabledReason", created_by AS "createdBy", created_at AS "createdAt"`;

/** Table of channels. */
@Injectable()
export class ChannelsStore {
  constructor(private readonly prisma: PrismaService) {}

  list(projectId: string): Promise<ChannelRecord[]> {
    return this.prisma.$queryRaw<ChannelRecord[]>`SELECT ${COLUMNS} FROM alert_channel WHERE project_id = ${projectId}::uuid ORDER BY name`;
  }

  /** The channels of a project that are not disabled. */
  listening(tx: Transaction, projectId: string): Promise<Listening[]> {
    return tx.$queryRaw<Listening[]>`
      SELECT id, kind, level, match FROM alert_channel WHERE project_id = ${projectId}::uuid AND disabled_at IS NULL ORDER BY name`;
  }

  /** Locks the counting of a project's channels. */
  async count(tx: Transaction, projectId: string): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:channels'), hashtext(${projectId}))::text`;
    return tx.alertChannel.count({ where: { projectId } });
  }

  /** Creates a channel; false when its name is taken. */
  async create(tx: Transaction, record: ChannelRecord): Promise<boolean> {
    const { id, projectId, name, level, match, config, secrets, createdBy, createdAt } = record;
    const rows = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO alert_channel (id, project_id, name, kind, level, match, config, secrets, created_by, created_at)
      VALUES (${id}::uuid, ${projectId}::uuid, ${name}, ${config.kind}, ${level}::int, ${JSON.stringify(match)}::jsonb, ${JSON.stringify(config)}::jsonb,
        ${JSON.stringify(secrets)}::jsonb, ${createdBy}, ${createdAt})
      ON CONFLICT (project_id, name) DO NOTHING RETURNING id`;
    return rows.length > 0;
  }

  /** The channel with this name, locked. */
  async locked(tx: Transaction, projectId: string, name: string): Promise<ChannelRecord | null> {
    const [row] = await tx.$queryRaw<ChannelRecord[]>`
      SELECT ${COLUMNS} FROM alert_channel WHERE project_id = ${projectId}::uuid AND name = ${name} FOR UPDATE`;
    return row ?? null;
  }

  async update(tx: Transaction, { id, level, match, config, secrets, disabledAt, disabledReason }: ChannelRecord): Promise<void> {
    await tx.$executeRaw`
      UPDATE alert_channel SET level = ${level}::int, match = ${JSON.stringify(match)}::jsonb, config = ${JSON.stringify(config)}::jsonb,
        secrets = ${JSON.stringify(secrets)}::jsonb, disabled_at = ${disabledAt}::timestamptz, disabled_reason = ${disabledReason}::text
      WHERE id = ${id}::uuid`;
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.alertChannel.delete({ where: { id } });
  }
}
