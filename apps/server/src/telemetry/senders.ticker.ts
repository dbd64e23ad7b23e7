import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { NEVER_FORGOTTEN_MS, SendersStore } from './senders.store.js';

const PERIOD_MS = 600_000;
const ROWS_AT_ONCE = 20_000;
/** Senders that are remembered of one environment and kind of key: some 200 MB. Every page that is loaded is one for two days. */
const MOST_SENDERS = 1_000_000;
/** How long a flag that does not exist is listed after it was asked for. */
const UNKNOWN_KEPT_MS = 14 * 86_400_000;

/** Keeps those who send counters, and the flags that they ask for in vain, from becoming too many. */
@Injectable()
export class SendersBound implements OnModuleInit {
  constructor(
    private readonly store: SendersStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.keep(MOST_SENDERS, term));
  }

  /** All of it once: who was heard of longest ago is forgotten first. */
  async keep(most: number, term?: Term): Promise<void> {
    const now = this.clock.now();
    await this.store.pruneUnknown(new Date(now - UNKNOWN_KEPT_MS), term);
    for (const crowd of await this.store.crowds(most, new Date(now - NEVER_FORGOTTEN_MS))) {
      await this.store.raiseHorizon(crowd, term);
      while (await this.store.forget(crowd, ROWS_AT_ONCE, term));
    }
  }
}
