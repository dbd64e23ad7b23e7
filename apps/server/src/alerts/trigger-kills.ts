import { silenceOf } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { refuse } from '../errors.js';
import { KillsService } from '../incidents/index.js';
import { AlertsView } from './alerts.view.js';
import { ProjectLedger } from './project-ledger.js';
import type { Intent } from './trigger-intents.js';
import { actingAs } from './trigger-places.js';
import { type TriggerRecord, TriggersStore } from './triggers.store.js';

/** Kills a flag for a trigger. */
@Injectable()
export class TriggerKills {
  constructor(
    private readonly kills: KillsService,
    private readonly store: TriggersStore,
    private readonly view: AlertsView,
    private readonly ledger: ProjectLedger,
  ) {}

  /** Kills, unless it did so before, or a silence or maintenance holds it back. */
  async kill(
    trigger: TriggerRecord,
    { identity, environment, flag, title }: Intent & { readonly environment: string; readonly flag: string },
  ): Promise<'done' | 'repeated' | 'suppressed'> {
    const use = { trigger, identity, action: 'kill' } as const;
    if (await this.store.wasDone(use)) return 'repeated';
    const { project, projectId } = trigger;
    const at = new Date(this.ledger.now());
    const labels = { project, environment, flag, objective: '', severity: 'page' } as const;
    if (silenceOf(await this.view.silences(at, projectId), labels, at.getTime()) !== null) return 'suppressed';
    let used: 'first' | 'again' = 'first';
    await this.kills.kill(
      { project, environment, flag },
      {
        ...actingAs(trigger, title),
        alongside: async (tx) => {
          const found = await this.store.use(tx, use, at);
          used = found === 'too_many' ? refuse('rate_limited', { retryAfter: 3_600 }) : found;
        },
      },
    );
    return used === 'first' ? 'done' : 'repeated';
  }
}
