import { DAY } from '@ballast/slo';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { ApprovalsStore } from './approvals.store.js';
import { HISTORY_DAYS } from './objectives-reader.js';
import { StatesStore } from './states.store.js';

const PERIOD_MS = 3_600_000;

/** Forgets how objectives stood, and approvals, when they are past their time. */
@Injectable()
export class HistoryTicker implements OnModuleInit {
  constructor(
    private readonly states: StatesStore,
    private readonly approvals: ApprovalsStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.prune(term));
  }

  private async prune(term: Term): Promise<void> {
    const before = new Date(this.clock.now() - HISTORY_DAYS * DAY);
    await this.states.prune(term, before);
    await this.approvals.prune(term, before);
  }
}
