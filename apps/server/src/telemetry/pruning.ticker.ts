import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { MAX_AGE_MS } from './admission.js';
import { TelemetryStore } from './telemetry.store.js';

const PERIOD_MS = 600_000;
/** Claims outlive the slots they may count for, so that a batch at the edge is still counted once. */
const MARGIN_MS = 3_600_000;
const ROWS_AT_ONCE = 20_000;

/** Forgets claims and slots that are past their time. */
@Injectable()
export class PruningTicker implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: TelemetryStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.prune().catch(() => undefined);
    }, PERIOD_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Removes all that is too old. */
  async prune(): Promise<void> {
    const before = new Date(this.clock.now() - MAX_AGE_MS - MARGIN_MS);
    while (await this.store.prune(before, ROWS_AT_ONCE));
  }
}
