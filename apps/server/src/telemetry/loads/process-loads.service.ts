import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { Leader, type Term } from '../../database/index.js';
import { type CountedDelivery, Ingest } from '../ingest.service.js';
import { LoadBook } from './load-book.js';
import { ProcessLoadStore } from './process-load.store.js';

const WRITTEN_AFTER_MS = 5_000;
const PRUNED_EVERY_MS = 3_600_000;
const KEPT_MS = 35 * 86_400_000;
const ROWS_AT_ONCE = 20_000;

/** Keeps how busy the processes of back ends are. They are means, so what a server that dies had not written yet is missed by nobody. */
@Injectable()
export class ProcessLoads implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ProcessLoads.name);
  private readonly book = new LoadBook();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ProcessLoadStore,
    private readonly ingest: Ingest,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.ingest.onCounted((delivery) => this.note(delivery));
    this.leader.every(PRUNED_EVERY_MS, (term) => this.prune(term));
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    this.write();
    await this.writing;
  }

  /** Pages say nothing of themselves, and what comes with a public key could be forged. */
  private note({ environmentId, view, envelope: { instance, process } }: CountedDelivery): void {
    if (view !== 'server' || process === undefined) return;
    this.book.note({ environmentId, instance, at: this.clock.now() }, process);
    this.timer ??= setTimeout(() => this.write(), WRITTEN_AFTER_MS).unref();
  }

  private write(): void {
    this.timer = undefined;
    const rows = this.book.take();
    if (rows.length === 0) return;
    this.writing = this.writing
      .then(() => this.store.add(rows))
      .catch((error: unknown) => this.logger.warn(`how busy processes are was not written: ${String(error)}`));
  }

  private async prune(term: Term): Promise<void> {
    while (await this.store.prune(new Date(this.clock.now() - KEPT_MS), ROWS_AT_ONCE, term));
  }
}
