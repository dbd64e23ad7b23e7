import { randomUUID } from 'node:crypto';
import { type CreatedTrigger, type CreateTrigger, LIMITS, type TriggerView } from '@ballast/api';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { hashOf, newSecret, prefixOf, type WriteBy } from '../access/index.js';
import type { WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { ProjectLedger, type ProjectTransaction, type QuietWork } from './project-ledger.js';
import { type TriggerRecord, TriggersStore } from './triggers.store.js';

const uuid = z.uuid();

/** Doors by which other systems open incidents and kill flags. */
@Injectable()
export class TriggersService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly store: TriggersStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async list(project: string): Promise<{ readonly items: readonly TriggerView[] }> {
    const records = await this.store.list(await this.ledger.projectId(project));
    return { items: records.map((record) => this.view(record)) };
  }

  /** Creates a trigger and answers its secret, this once. */
  create(project: string, wanted: CreateTrigger, by: WriteBy): Promise<WriteResult<CreatedTrigger>> {
    const secret = newSecret('trigger');
    const { name, actions, environments, flags, publicKey = null, actionsPerHour } = wanted;
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const { max } = LIMITS.triggersPerProject;
      if ((await this.store.count(tx, projectId)) >= max) refuse('limit.reached', { limit: 'triggersPerProject', max });
      const record: TriggerRecord = {
        id: randomUUID(),
        projectId,
        project,
        name,
        allow: { actions: [...new Set(actions)], environments: [...new Set(environments)], flags: [...new Set(flags)] },
        hash: hashOf(secret),
        prefix: prefixOf(secret),
        publicKey,
        actionsPerHour,
        createdBy: by.actor.name,
        createdAt: at,
        lastUsedAt: null,
      };
      if (!(await this.store.create(tx, record))) refuse('trigger.name_taken', { trigger: name });
      const view = this.view(record);
      return done('trigger.create', null, { view, result: { ...view, secret: by.dryRun ? null : secret } });
    });
  }

  /** Gives a trigger a new secret; the old one opens nothing any more. */
  rotate(project: string, id: string, by: WriteBy): Promise<WriteResult<CreatedTrigger>> {
    const secret = newSecret('trigger');
    return this.change(project, id, by, async ({ tx }, before) => {
      const after = { ...before, hash: hashOf(secret), prefix: prefixOf(secret) };
      await this.store.changeSecret(tx, after);
      const view = this.view(after);
      return done('trigger.rotate', this.view(before), { view, result: { ...view, secret: by.dryRun ? null : secret } });
    });
  }

  remove(project: string, id: string, by: WriteBy): Promise<WriteResult<TriggerView>> {
    return this.change(project, id, by, async ({ tx }, before) => {
      await this.store.remove(tx, before.id);
      const view = this.view(before);
      return {
        audit: [{ action: 'trigger.delete', resourceKind: 'trigger', resourceKey: view.name, before: view, after: null }],
        result: view,
      };
    });
  }

  private change<Result>(
    project: string,
    id: string,
    by: WriteBy,
    work: (ledger: ProjectTransaction, before: TriggerRecord) => Promise<QuietWork<Result>>,
  ): Promise<WriteResult<Result>> {
    return this.ledger.write(project, by, async (ledger) => {
      const found = uuid.safeParse(id).success ? await this.store.locked(ledger.tx, ledger.projectId, id) : null;
      return work(ledger, found ?? refuse('trigger.not_found', { trigger: id }));
    });
  }

  private view({ id, name, allow, publicKey, actionsPerHour, prefix, createdBy, createdAt, lastUsedAt }: TriggerRecord): TriggerView {
    const { publicUrl, host, port } = this.settings;
    return {
      id,
      name,
      url: `${publicUrl ?? `http://${host}:${port}`}/api/v1/triggers/${id}`,
      actions: [...allow.actions],
      environments: [...allow.environments],
      flags: [...allow.flags],
      publicKey,
      actionsPerHour,
      prefix,
      createdBy,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    };
  }
}

function done<Result>(
  action: string,
  before: TriggerView | null,
  { view, result }: { readonly view: TriggerView; readonly result: Result },
): QuietWork<Result> {
  return { audit: [{ action, resourceKind: 'trigger', resourceKey: view.name, before, after: view }], result };
}
