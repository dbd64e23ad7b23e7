import { randomBytes, randomUUID } from 'node:crypto';
import { type ChannelView, type CreateChannel, type CreatedChannel, LIMITS, type PutChannel, type RotateChannelSecret } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import type { WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { channelView, signingSecrets } from './channel-views.js';
import { type ChannelRecord, ChannelsStore } from './channels.store.js';
import { OutboxStore } from './outbox.store.js';
import { ProjectLedger, type ProjectTransaction, type QuietWork } from './project-ledger.js';

/** Who hears of alerts. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly store: ChannelsStore,
    private readonly outbox: OutboxStore,
  ) {}

  async list(project: string): Promise<{ readonly items: readonly ChannelView[] }> {
    const records = await this.store.list(await this.ledger.projectId(project));
    return { items: records.map((record) => channelView(record, this.ledger.now())) };
  }

  /** Creates a channel and answers the secret of a webhook, this once. */
  create(project: string, wanted: CreateChannel, by: WriteBy): Promise<WriteResult<CreatedChannel>> {
    const { name, level, match, config } = wanted;
    const secret = config.kind === 'webhook' ? (wanted.secret ?? newWebhookSecret()) : null;
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const { max } = LIMITS.channelsPerProject;
      if ((await this.store.count(tx, projectId)) >= max) refuse('limit.reached', { limit: 'channelsPerProject', max });
      const record: ChannelRecord = {
        id: randomUUID(),
        projectId,
        name,
        level,
        match,
        config,
        secrets: secret === null ? [] : [{ secret, until: null }],
        disabledAt: null,
        disabledReason: null,
        createdBy: by.actor.name,
        createdAt: at,
      };
      if (!(await this.store.create(tx, record))) refuse('channel.name_taken', { channel: name });
      const view = channelView(record, at.getTime());
      return done('channel.create', null, { view, result: { ...view, secret: by.dryRun ? null : secret } });
    });
  }

  /** Replaces what a channel is, but for its name, kind and secret. */
  put(
    project: string,
    name: string,
    { wanted, by }: { readonly wanted: PutChannel; readonly by: WriteBy },
  ): Promise<WriteResult<ChannelView>> {
    return this.change(project, name, by, async ({ tx, at }, before) => {
      const { level, match, config, enabled } = wanted;
      if (config.kind !== before.config.kind) refuse('channel.kind_fixed', { channel: name, kind: before.config.kind });
      const disabled = enabled ? null : { at: before.disabledAt ?? at, reason: before.disabledReason ?? `by ${by.actor.name}` };
      const after = { ...before, level, match, config, disabledAt: disabled?.at ?? null, disabledReason: disabled?.reason ?? null };
      await this.store.update(tx, after);
      // Whoever enables it again does not want to be woken by what is long over.
      if (disabled !== null && before.disabledAt === null) await this.outbox.disable(tx, before.id, disabled);
      const view = channelView(after, at.getTime());
      return done('channel.update', channelView(before, at.getTime()), { view, result: view });
    });
  }

  /** Makes a new secret; the old one signs beside it until the grace period ends. */
  rotate(
    project: string,
    name: string,
    { wanted, by }: { readonly wanted: RotateChannelSecret; readonly by: WriteBy },
  ): Promise<WriteResult<CreatedChannel>> {
    const secret = newWebhookSecret();
    return this.change(project, name, by, async ({ tx, at }, before) => {
      if (before.config.kind !== 'webhook') refuse('channel.no_secret');
      const until = new Date(at.getTime() + wanted.grace).toISOString();
      const [newest] = signingSecrets(before.secrets, at.getTime());
      // Of older ones no more than one: whoever rotates twice in a hurry has lost the first.
      const secrets = [{ secret, until: null }, ...(newest === undefined ? [] : [{ secret: newest, until }])];
      const after = { ...before, secrets };
      await this.store.update(tx, after);
      const view = channelView(after, at.getTime());
      return done('channel.rotate', channelView(before, at.getTime()), { view, result: { ...view, secret: by.dryRun ? null : secret } });
    });
  }

  /** Deletes a channel with everything that was sent to it. */
  remove(project: string, name: string, by: WriteBy): Promise<WriteResult<ChannelView>> {
    return this.change(project, name, by, async ({ tx, at }, before) => {
      await this.store.remove(tx, before.id);
      const view = channelView(before, at.getTime());
      const audit = [{ action: 'channel.delete', resourceKind: 'channel', resourceKey: name, before: view, after: null }];
      return { audit, result: view };
    });
  }

  private change<Result>(
    project: string,
    name: string,
    by: WriteBy,
    work: (ledger: ProjectTransaction, before: ChannelRecord) => Promise<QuietWork<Result>>,
  ): Promise<WriteResult<Result>> {
    return this.ledger.write(project, by, async (ledger) => {
      const before = (await this.store.locked(ledger.tx, ledger.projectId, name)) ?? refuse('channel.not_found', { channel: name });
      return work(ledger, before);
    });
  }
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function done<Result>(
  action: string,
  before: ChannelView | null,
  { view, result }: { readonly view: ChannelView; readonly result: Result },
): QuietWork<Result> {
  return { audit: [{ action, resourceKind: 'channel', resourceKey: view.name, before, after: view }], result };
}
