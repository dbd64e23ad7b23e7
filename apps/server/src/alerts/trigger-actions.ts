import type { TriggerReport } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { Refusal } from '../errors.js';
import { IncidentsService } from './incidents.service.js';
import { type Intent, isAllowed } from './trigger-intents.js';
import { TriggerKills } from './trigger-kills.js';
import { actingAs, TriggerPlaces } from './trigger-places.js';
import { type TriggerRecord, TriggersStore } from './triggers.store.js';

type Outcome = TriggerReport['results'][number]['outcome'];

const REFUSED: Readonly<Record<string, Outcome>> = {
  'flag.not_found': 'not_found',
  'flag.archived': 'not_found',
  'environment.not_found': 'not_found',
  rate_limited: 'too_many',
};

/** Does what triggers are asked for. */
@Injectable()
export class TriggerActions {
  constructor(
    private readonly kills: TriggerKills,
    private readonly store: TriggersStore,
    private readonly incidents: IncidentsService,
    private readonly places: TriggerPlaces,
  ) {}

  /** Does one thing after another; what cannot be done keeps nothing else from being done. */
  async run(trigger: TriggerRecord, intents: readonly Intent[]): Promise<TriggerReport> {
    const results: TriggerReport['results'] = [];
    for (const intent of intents) {
      const { identity, action, flag, environment } = intent;
      results.push({ identity, action, flag, environment, outcome: await this.outcome(trigger, intent) });
    }
    return { results };
  }

  private async outcome(trigger: TriggerRecord, intent: Intent): Promise<Outcome> {
    if (!isAllowed(intent, trigger)) return 'not_allowed';
    try {
      return await this.act(trigger, intent);
    } catch (error) {
      const outcome = error instanceof Refusal ? REFUSED[error.code] : undefined;
      if (outcome === undefined) throw error;
      return outcome;
    }
  }

  private act(trigger: TriggerRecord, intent: Intent): Promise<Outcome> {
    const { action, environment, flag } = intent;
    if (action === 'close') return this.close(trigger, intent);
    if (environment === null) return Promise.resolve('not_allowed');
    if (action === 'incident') return this.open(trigger, { ...intent, environment });
    return flag === null ? Promise.resolve('not_allowed') : this.kills.kill(trigger, { ...intent, environment, flag });
  }

  private async open(
    trigger: TriggerRecord,
    { identity, environment, flag, title }: Intent & { readonly environment: string },
  ): Promise<Outcome> {
    const { id: environmentId } = await this.places.environments.environment(trigger.project, environment);
    const { name: openedBy } = actingAs(trigger, title).actor;
    const write = await this.places.ledger.write<Outcome>(trigger.project, actingAs(trigger, title), async ({ tx, at, projectId }) => {
      const use = await this.store.use(tx, { trigger, identity, action: 'incident' }, at);
      if (use !== 'first') return { audit: [], result: use === 'again' ? 'repeated' : 'too_many' };
      const wanted = { projectId, environmentId, environment, flag, title, triggerId: trigger.id, identity, openedBy, openedAt: at };
      const { audit } = await this.incidents.open(tx, wanted);
      return { audit, result: 'done' };
    });
    return write.result;
  }

  private async close(trigger: TriggerRecord, { identity, title }: Intent): Promise<Outcome> {
    const by = actingAs(trigger, title);
    const write = await this.places.ledger.write<Outcome>(trigger.project, by, async ({ tx, at }) => {
      const audit = await this.incidents.closeOpened(tx, { triggerId: trigger.id, identity }, { by: by.actor.name, at });
      return { audit, result: audit.length === 0 ? 'repeated' : 'done' };
    });
    return write.result;
  }
}
