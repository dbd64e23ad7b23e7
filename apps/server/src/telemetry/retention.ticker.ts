import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { telemetryLeft, telemetryStored } from '../events.js';
import { LEVELS, SERIES_KEPT_MS, SLOTS_KEPT_MS } from './levels.js';
import { StorageView } from './storage.view.js';
import { TelemetryStore } from './telemetry.store.js';

const PERIOD_MS = 600_000;
const ROWS_AT_ONCE = 20_000;

/** Makes the partitions of days to come, drops those that are past their time, and forgets senders that have fallen silent. */
@Injectable()
export class TelemetryRetention implements OnModuleInit {
  private shownFor: Term | undefined;

  constructor(
    private readonly store: TelemetryStore,
    private readonly view: StorageView,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.store.ensurePartitions(new Date(this.clock.now()));
    this.leader.every(PERIOD_MS, (term) => this.keep(term));
  }

  /** All of it once, as long as the term lasts if there is one. */
  async keep(term?: Term): Promise<void> {
    const now = this.clock.now();
    await this.store.ensurePartitions(new Date(now));
    for (const { rollup, keptMs } of LEVELS) await this.store.dropPartitions(rollup, new Date(now - keptMs), term);
    while (await this.store.pruneSeries(new Date(now - SERIES_KEPT_MS), ROWS_AT_ONCE, term));
    while (await this.store.pruneInstances(new Date(now - SLOTS_KEPT_MS), ROWS_AT_ONCE, term));
    const levels = await this.view.levels();
    if (term?.signal.aborted === true) return;
    telemetryStored(levels);
    this.showUntilTheEndOf(term);
  }

  private showUntilTheEndOf(term: Term | undefined): void {
    if (this.shownFor === term) return;
    this.shownFor = term;
    term?.signal.addEventListener('abort', telemetryLeft, { once: true });
  }
}
