import type { AlertView, ListAlertsQuery } from '@ballast/api';
import { acknowledge } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import type { WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { alertView } from './alert-views.js';
import { AlertsStore } from './alerts.store.js';
import { AlertsView } from './alerts.view.js';
import { ProjectLedger } from './project-ledger.js';
import { Teller } from './teller.js';

/** Lists alerts and acknowledges them. */
@Injectable()
export class AlertsService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly view: AlertsView,
    private readonly store: AlertsStore,
    private readonly teller: Teller,
  ) {}

  /** Alerts of a project: pages first. */
  async list(project: string, { environment, flag, phase }: ListAlertsQuery): Promise<{ readonly items: readonly AlertView[] }> {
    const projectId = await this.ledger.projectId(project);
    const now = this.ledger.now();
    const phases = phase === undefined ? ['pending', 'firing'] : [phase];
    const silences = await this.view.silences(new Date(now), projectId);
    const records = await this.view.list({ projectId, environment, flag, phases });
    return { items: records.map((record) => alertView(record, silences, now)) };
  }

  /** Stops an alert from being passed on until its episode ends, and tells those who heard of it. */
  acknowledge(project: string, key: string, by: WriteBy): Promise<WriteResult<AlertView>> {
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const before = (await this.store.one(tx, projectId, key)) ?? refuse('alert.not_found', { alert: key });
      if (before.memory.phase !== 'firing') refuse('alert.not_firing', { phase: before.memory.phase });
      const now = at.getTime();
      const silences = await this.view.silences(at, projectId, tx);
      const was = alertView(before, silences, now);
      if (before.memory.acknowledged !== null) return { audit: [], result: was };
      const after = { ...before, memory: acknowledge(before.memory, by.actor.name, now) };
      await this.store.save(tx, [after]);
      const { labels, memory, reading, environmentId, reached } = after;
      const telling = { kind: 'acknowledged', at: now, since: memory.since, level: memory.escalations, key, labels, ...reading } as const;
      if (reached >= 0) await this.teller.tell(tx, [{ ...telling, projectId, environmentId, reached }], at);
      const view = alertView(after, silences, now);
      const line = {
        environmentId,
        action: 'alert.acknowledge',
        resourceKind: 'alert',
        resourceKey: labels.objective,
        before: was,
        after: view,
      };
      return { audit: [line], result: view };
    });
  }
}
