import { DAY } from '@ballast/slo';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader } from '../database/index.js';
import { HISTORY_DAYS } from './objectives-reader.js';
import { StatesStore } from './states.store.js';

const PERIOD_MS = 3_600_000;

/** Forgets how objectives stood when that is past its time. */
@Injectable()
export class HistoryTicker implements OnModuleInit {
  constructor(
    private readonly states: StatesStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.states.prune(term, new Date(this.clock.now() - HISTORY_DAYS * DAY)));
  }
}
