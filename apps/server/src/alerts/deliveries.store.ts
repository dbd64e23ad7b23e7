import type { AlertMessage } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** A message for a channel as it is stored. */
export interface DeliveryRecord {
  readonly id: bigint;
  readonly channel: string;
  readonly messageId: string;
  readonly type: AlertMessage['type'];
  readonly group: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly createdAt: Date;
  readonly nextAt: Date;
  readonly settledAt: Date | null;
  readonly status: number | null;
  readonly problem: string | null;
  /** Why its channel is disabled, if it is. */
  readonly disabledReason: string | null;
}

/** Which messages a list shows. */
export interface DeliverySearch {
  readonly projectId: string;
  readonly channel?: string | undefined;
  readonly state?: string | undefined;
  /** Only messages before this one. */
  readonly before: bigint | null;
  readonly limit: number;
}

const COLUMNS = Prisma.sql`d.id, c.name AS channel, d.message_id AS "messageId", d.message->>'type' AS type, d."group", d.state, d.attempts,
  d.created_at AS "createdAt", d.next_at AS "nextAt", d.settled_at AS "settledAt", d.status, d.problem, c.disabled_reason AS "disabledReason"`;

/** Reads the outbox for people, and puts messages back into it. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Newest first, one more than asked for. */
  list({ projectId, channel, state, before, limit }: DeliverySearch): Promise<DeliveryRecord[]> {
    return this.prisma.$queryRaw<DeliveryRecord[]>`
      SELECT ${COLUMNS} FROM alert_delivery d JOIN alert_channel c ON c.id = d.channel_id
      WHERE d.project_id = ${projectId}::uuid AND (${before}::bigint IS NULL OR d.id < ${before})
        AND (${channel ?? null}::text IS NULL OR c.name = ${channel ?? null}) AND (${state ?? null}::text IS NULL OR d.state = ${state ?? null})
      ORDER BY d.id DESC LIMIT ${limit + 1}`;
  }

  /** One message, locked. */
  async locked(tx: Transaction, projectId: string, id: bigint): Promise<DeliveryRecord | null> {
    const [row] = await tx.$queryRaw<DeliveryRecord[]>`
      SELECT ${COLUMNS} FROM alert_delivery d JOIN alert_channel c ON c.id = d.channel_id
      WHERE d.project_id = ${projectId}::uuid AND d.id = ${id} FOR UPDATE OF d`;
    return row ?? null;
  }

  /** Lets a message be sent again, under its id and with all its attempts. */
  async replay(tx: Transaction, id: bigint, at: Date): Promise<void> {
    await tx.$executeRaw`
      UPDATE alert_delivery SET state = 'waiting', attempts = 0, next_at = ${at}, settled_at = NULL, problem = NULL, status = NULL WHERE id = ${id}`;
  }
}
