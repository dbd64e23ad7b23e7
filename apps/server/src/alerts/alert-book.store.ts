import { Injectable } from '@nestjs/common';
import { PrismaService, type Term } from '../database/index.js';
import { AlertsStore } from './alerts.store.js';
import { AlertsView } from './alerts.view.js';
import { type StepGround, stepAlerts } from './step-alerts.js';
import { Teller } from './teller.js';

/** Hundreds of objectives may begin to burn at once. */
const WAIT = { maxWait: 10_000, timeout: 30_000 };

/** The alerts of all objectives: each step, with what is to be told of it, is one transaction. */
@Injectable()
export class AlertBookStore {
  constructor(
    private readonly prisma: PrismaService,
    private readonly alerts: AlertsStore,
    private readonly view: AlertsView,
    private readonly teller: Teller,
  ) {}

  /** Takes what a round found into the alerts. */
  async step(term: Term, ground: Omit<StepGround, 'stored' | 'silences'>): Promise<void> {
    const at = new Date(ground.now);
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      const stored = await this.alerts.locked(
        tx,
        ground.findings.map(({ objectiveId }) => objectiveId),
      );
      const silences = await this.view.silences(at, null, tx);
      const { records, tellings } = stepAlerts({ ...ground, stored, silences });
      await this.alerts.save(tx, records);
      await this.teller.tell(tx, tellings, at);
    }, WAIT);
  }
}
