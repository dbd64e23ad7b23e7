import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { MAX_AGE_MS } from './admission.js';
import { TelemetryStore } from './telemetry.store.js';

const PERIOD_MS = 600_000;
/** Claims outlive the slots they may count for, so that a batch at the edge is still counted once; also by a server whose clock is off. */
const MARGIN_MS = 7_200_000;
const ROWS_AT_ONCE = 20_000;

/** Forgets claims and slots that are past their time. */
@Injectable()
export class PruningTicker implements OnModuleInit {
  constructor(
    private readonly store: TelemetryStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.prune(term));
  }

  /** Removes all that is too old, as long as the term lasts if there is one. */
  async prune(term?: Term): Promise<void> {
    const before = new Date(this.clock.now() - MAX_AGE_MS - MARGIN_MS);
    while (await this.store.prune(before, ROWS_AT_ONCE, term));
  }
}
