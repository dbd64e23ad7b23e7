import { type DeliveryView, decodeCursor, encodeCursor, type ListDeliveriesQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import type { WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { ChannelsStore } from './channels.store.js';
import { DeliveriesStore, type DeliveryRecord } from './deliveries.store.js';
import { OutboxStore } from './outbox.store.js';
import { ProjectLedger } from './project-ledger.js';
import { Teller } from './teller.js';

/** An id as the database can hold it. */
const ID = /^\d{1,18}$/;

/** What was sent, and sends it again. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly store: DeliveriesStore,
    private readonly outbox: OutboxStore,
  ) {}

  async list(project: string, { limit, cursor, ...search }: ListDeliveriesQuery) {
    const projectId = await this.ledger.projectId(project);
    const rows = await this.store.list({ projectId, ...search, limit, before: placeOf(cursor) });
    const items = rows.slice(0, limit).map(deliveryView);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? encodeCursor([last.id]) : null };
  }

  /** Sends a message again under the same id; one that still waits is sent at once. */
  replay(project: string, id: string, by: WriteBy): Promise<WriteResult<DeliveryView>> {
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const before =
        (ID.test(id) ? await this.store.locked(tx, projectId, BigInt(id)) : null) ?? refuse('delivery.not_found', { delivery: id });
      if (before.disabledReason !== null) refuse('channel.disabled', { channel: before.channel, reason: before.disabledReason });
      await this.store.replay(tx, before.id, at);
      await this.outbox.tellWorkers(tx);
      const after = deliveryView({ ...before, state: 'waiting', attempts: 0, nextAt: at, settledAt: null, status: null, problem: null });
      const line = {
        action: 'delivery.replay',
        resourceKind: 'delivery',
        resourceKey: before.messageId,
        before: deliveryView(before),
        after,
      };
      return { audit: [line], result: after };
    });
  }
}

/** Sends messages that are only to be seen arriving. */
@Injectable()
export class ChannelTests {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly channels: ChannelsStore,
    private readonly teller: Teller,
    private readonly deliveries: DeliveriesStore,
  ) {}

  /** Puts a test message into the outbox of a channel. */
  send(project: string, name: string, by: WriteBy): Promise<WriteResult<DeliveryView>> {
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const channel = (await this.channels.locked(tx, projectId, name)) ?? refuse('channel.not_found', { channel: name });
      if (channel.disabledReason !== null) refuse('channel.disabled', { channel: name, reason: channel.disabledReason });
      const labels = { project, environment: 'test', objective: 'test', severity: 'ticket' } as const;
      const facts = { target: 1, sli: null, remaining: null, runbook: null };
      const now = at.getTime();
      const telling = { kind: 'test', at: now, since: now, level: 0, key: `test-${channel.id}`, labels, burns: [], facts } as const;
      const id = await this.teller.tellOne(tx, { projectId, channelId: channel.id }, telling);
      const sent = (await this.deliveries.locked(tx, projectId, id)) ?? refuse('delivery.not_found', { delivery: String(id) });
      const result = deliveryView(sent);
      return { audit: [{ action: 'channel.test', resourceKind: 'channel', resourceKey: name, before: null, after: result }], result };
    });
  }
}

function deliveryView({ disabledReason: _, ...record }: DeliveryRecord): DeliveryView {
  return {
    ...record,
    id: record.id.toString(),
    createdAt: record.createdAt.toISOString(),
    nextAt: record.state === 'waiting' ? record.nextAt.toISOString() : null,
    settledAt: record.settledAt?.toISOString() ?? null,
  };
}

function placeOf(cursor: string | undefined): bigint | null {
  if (cursor === undefined) return null;
  const [id] = decodeCursor(cursor) ?? [];
  if (typeof id === 'string' && ID.test(id)) return BigInt(id);
  return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
}
