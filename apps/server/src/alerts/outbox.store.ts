import { randomUUID } from 'node:crypto';
import type { AlertMessage, ChannelConfig } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** A message for a channel, not yet stored. */
export interface NewDelivery {
  readonly projectId: string;
  readonly channelId: string;
  readonly message: AlertMessage;
}

/** A secret that signs what is sent to a channel; one that was rotated does so until its end. */
export interface ChannelSecret {
  readonly secret: string;
  readonly until: string | null;
}

/** A message that a worker has taken to send. */
export interface ClaimedDelivery {
  readonly id: bigint;
  readonly projectId: string;
  readonly channelId: string;
  readonly messageId: string;
  readonly message: AlertMessage;
  /** With this one. */
  readonly attempts: number;
  readonly config: ChannelConfig;
  readonly secrets: readonly ChannelSecret[];
  /** Who holds the channel. */
  readonly holder: string;
}

/** What a worker asks for. */
export interface Claim {
  readonly now: Date;
  /** When whoever takes a message and is not heard of any more has lost it. */
  readonly until: Date;
  readonly count: number;
  /** Of one project at most. */
  readonly perProject: number;
  /** Projects that have enough of this server's attention. */
  readonly fullProjects: readonly string[];
}

/** What became of an attempt. */
export interface Settlement {
  readonly outcome: 'delivered' | 'again' | 'failed' | 'gone';
  readonly at: Date;
  readonly nextAt: Date;
  readonly status: number | null;
  readonly problem: string | null;
}

/** The first waiting message of each group of a channel `c`: from group to group, however many wait behind it. */
const FIRSTS = Prisma.sql`
  WITH RECURSIVE first AS (
    (SELECT d.id, d."group", d.next_at FROM alert_delivery d WHERE d.channel_id = c.id AND d.state = 'waiting' ORDER BY d."group", d.id LIMIT 1)
    UNION ALL
    SELECT d.* FROM first CROSS JOIN LATERAL (
      SELECT d.id, d."group", d.next_at FROM alert_delivery d
      WHERE d.channel_id = c.id AND d.state = 'waiting' AND d."group" > first."group" ORDER BY d."group", d.id LIMIT 1) AS d)
  SELECT id, next_at FROM first`;

/** The table of messages to be sent: written with the alerts they are about, taken by the workers of all servers. */
@Injectable()
export class OutboxStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Stores messages and tells the workers; answers their ids. */
  async add(tx: Transaction, deliveries: readonly NewDelivery[], at: Date): Promise<readonly bigint[]> {
    if (deliveries.length === 0) return [];
    const rows = deliveries.map((delivery) => ({
      ...delivery,
      group: delivery.message.data.group,
      messageId: `msg_${randomUUID().replaceAll('-', '')}`,
    }));
    const added = await tx.$queryRaw<{ id: bigint }[]>`
      INSERT INTO alert_delivery (project_id, channel_id, message_id, "group", message, next_at, created_at)
      SELECT "projectId", "channelId", "messageId", "group", message, ${at}, ${at}
      FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS ("projectId" uuid, "channelId" uuid, "messageId" text, "group" text, message jsonb))
        WITH ORDINALITY AS row ("projectId", "channelId", "messageId", "group", message, place)
      ORDER BY place RETURNING id`;
    await this.bringForward(tx, added, at);
    await this.tellWorkers(tx);
    return added.map(({ id }) => id);
  }

  /** Stores messages of which those of the same type before them, to the same channel about the same group, are not needed any more. */
  async replace(tx: Transaction, deliveries: readonly NewDelivery[], at: Date): Promise<void> {
    if (deliveries.length === 0) return;
    const former = JSON.stringify(
      deliveries.map(({ channelId, message }) => ({ channelId, group: message.data.group, type: message.type })),
    );
    // Channels first, as whoever sends does: otherwise two could wait for each other.
    await tx.$queryRaw`
      SELECT 1 FROM alert_channel WHERE id = ANY(${deliveries.map(({ channelId }) => channelId)}::uuid[]) ORDER BY id FOR KEY SHARE`;
    await tx.$executeRaw`
      DELETE FROM alert_delivery d USING jsonb_to_recordset(${former}::jsonb) AS f ("channelId" uuid, "group" text, type text)
      WHERE d.channel_id = f."channelId" AND d."group" = f."group" AND d.message->>'type' = f.type`;
    await this.add(tx, deliveries, at);
  }

  /**
   * News goes out after what waits for the same receiver about the same group: that is tried now, not in ten hours, unless the receiver
   * asked for patience. What somebody else is busy with is left alone, so that nobody waits for another's locks in a circle.
   */
  private async bringForward(tx: Transaction, news: readonly { readonly id: bigint }[], at: Date): Promise<void> {
    await tx.$executeRaw`
      UPDATE alert_delivery SET next_at = ${at} WHERE id IN (
        SELECT o.id FROM alert_delivery o JOIN alert_delivery d ON d.channel_id = o.channel_id AND d."group" = o."group" AND o.id < d.id
        WHERE d.id = ANY(${news.map(({ id }) => id)}::bigint[]) AND o.state = 'waiting' AND o.next_at > ${at}
          AND coalesce(o.status, 0) NOT IN (429, 503) FOR UPDATE OF o SKIP LOCKED)`;
  }

  /** Wakes the workers of all servers; only a hint, they look for themselves from time to time. */
  async tellWorkers(tx: Transaction): Promise<void> {
    await tx.$queryRaw`SELECT pg_notify('ballast_alert', '')::text`;
  }

  /** Takes the oldest due message of channels that nobody else sends to; messages of a group go one after another. */
  claim({ now, until, count, perProject, fullProjects }: Claim): Promise<ClaimedDelivery[]> {
    const holder = randomUUID();
    return this.prisma.$transaction(async (tx) => {
      const free = await tx.$queryRaw<{ id: string }[]>`
        WITH due AS (
          SELECT c.id, row_number() OVER (PARTITION BY c.project_id ORDER BY c.busy_until NULLS FIRST, c.id) AS place FROM alert_channel c
          WHERE c.disabled_at IS NULL AND (c.busy_until IS NULL OR c.busy_until <= ${now}) AND NOT c.project_id = ANY(${fullProjects}::uuid[])
            AND EXISTS (SELECT 1 FROM (${FIRSTS}) AS f WHERE f.next_at <= ${now}))
        SELECT c.id FROM alert_channel c JOIN due USING (id)
        WHERE due.place <= ${perProject} AND c.disabled_at IS NULL AND (c.busy_until IS NULL OR c.busy_until <= ${now})
        ORDER BY due.place, c.id LIMIT ${count} FOR UPDATE OF c SKIP LOCKED`;
      if (free.length === 0) return [];
      return tx.$queryRaw<ClaimedDelivery[]>`
        WITH due AS (
          SELECT c.id AS channel_id, next.id FROM unnest(${free.map(({ id }) => id)}::uuid[]) AS c (id)
          CROSS JOIN LATERAL (SELECT f.id FROM (${FIRSTS}) AS f WHERE f.next_at <= ${now} ORDER BY f.next_at, f.id LIMIT 1) AS next),
        held AS (UPDATE alert_channel c SET busy_until = ${until}, busy_by = ${holder}::uuid FROM due WHERE c.id = due.channel_id RETURNING c.id, c.config, c.secrets)
        UPDATE alert_delivery d SET attempts = d.attempts + 1, status = NULL, problem = NULL FROM due JOIN held ON held.id = due.channel_id WHERE d.id = due.id
        RETURNING d.id, d.project_id AS "projectId", d.channel_id AS "channelId", d.message_id AS "messageId", d.message, d.attempts,
          held.config, held.secrets, ${holder} AS holder`;
    });
  }

  /** Saves what became of an attempt and lets go of the channel, unless somebody else has taken it over meanwhile. */
  async settle({ id, channelId, holder }: ClaimedDelivery, settlement: Settlement): Promise<void> {
    const { outcome, at, nextAt, status, problem } = settlement;
    const state = outcome === 'again' ? 'waiting' : outcome === 'gone' ? 'failed' : outcome;
    await this.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM alert_channel WHERE id = ${channelId}::uuid FOR UPDATE`;
      await tx.$executeRaw`
        UPDATE alert_delivery SET state = ${state}, next_at = ${nextAt}, status = ${status}::int, problem = ${problem}::text,
          settled_at = ${state === 'waiting' ? null : at}::timestamptz
        WHERE id = ${id} AND state = 'waiting'`;
      await tx.$executeRaw`UPDATE alert_channel SET busy_until = NULL, busy_by = NULL WHERE id = ${channelId}::uuid AND busy_by = ${holder}::uuid`;
      if (outcome === 'gone') await this.disable(tx, channelId, { at, reason: problem ?? 'gone' });
    });
  }

  /** Nothing is sent to the channel any more; what waits for it has failed, and may be replayed. */
  async disable(tx: Transaction, channelId: string, { at, reason }: { readonly at: Date; readonly reason: string }): Promise<void> {
    await tx.$executeRaw`UPDATE alert_channel SET disabled_at = ${at}, disabled_reason = ${reason} WHERE id = ${channelId}::uuid`;
    await tx.$executeRaw`
      UPDATE alert_delivery SET state = 'failed', settled_at = ${at}, problem = ${`the channel is disabled: ${reason}`}
      WHERE channel_id = ${channelId}::uuid AND state = 'waiting'`;
  }

  /** Forgets messages that were settled before a moment. */
  async prune(term: Term, before: Date): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      await tx.$executeRaw`DELETE FROM alert_delivery WHERE settled_at < ${before}`;
      await tx.$executeRaw`DELETE FROM alert_trigger_use WHERE at < ${before}`;
    });
  }
}
