import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { Sender } from './channels/sender.js';
import { type ClaimedDelivery, OutboxStore } from './outbox.store.js';

/** How often a worker looks for messages that nobody told it of. */
const LOOK_MS = 1_000;
/** Messages that one server sends at once … */
const SLOTS = 64;
/** … and those of one project, from where on it gets no more. */
const PER_PROJECT = 4;
/** Whoever has taken a message and is not heard of for so long has lost it; longer than any attempt. */
const LEASE_MS = 60_000;
/** How long a server that stops waits for attempts that are under way. */
const LAST_MS = 5_000;

/** Sends what is in the outbox; every server does. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DeliveryWorker.name);
  private readonly running = new Map<Promise<void>, string>();
  private readonly stopping = new AbortController();
  private readonly giveUp = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  private wake: (() => void) | null = null;
  private unlisten: (() => Promise<void>) | null = null;

  constructor(
    private readonly outbox: OutboxStore,
    private readonly sender: Sender,
    private readonly clock: Clock,
    private readonly listener: Listener,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.listener.listen('ballast_alert', () => this.wake?.());
    this.looking = this.look();
  }

  /** Takes nothing more, and lets what is under way end. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.unlisten?.();
    await this.looking;
    const deadline = setTimeout(() => this.giveUp.abort(), LAST_MS);
    await Promise.all(this.running.keys());
    clearTimeout(deadline);
  }

  private async look(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      const took = await this.take().catch((error: unknown) => {
        this.logger.debug(`cannot look for messages: ${String(error)}`);
        return 0;
      });
      if (took > 0 || this.stopping.signal.aborted) continue;
      const timer = setTimeout(() => this.wake?.(), LOOK_MS).unref();
      await woken;
      clearTimeout(timer);
    }
  }

  /** Takes as many messages as there are free slots; answers how many there were. */
  private async take(): Promise<number> {
    const count = SLOTS - this.running.size;
    if (count <= 0) return 0;
    const now = this.clock.now();
    const claimed = await this.outbox.claim({
      now: new Date(now),
      until: new Date(now + LEASE_MS),
      count,
      perProject: PER_PROJECT,
      fullProjects: this.fullProjects(),
    });
    for (const delivery of claimed) this.start(delivery);
    return claimed.length;
  }

  private start(delivery: ClaimedDelivery): void {
    const work = this.deliver(delivery).finally(() => {
      this.running.delete(work);
      // The channel is free again, and perhaps has more to be told.
      this.wake?.();
    });
    this.running.set(work, delivery.projectId);
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    try {
      await this.outbox.settle(delivery, await this.sender.send(delivery, this.giveUp.signal));
    } catch (error) {
      // Nothing is lost: its lease ends, and it is sent again under the same id.
      this.logger.warn(`could not save what became of ${delivery.messageId}: ${String(error)}`);
    }
  }

  private fullProjects(): readonly string[] {
    const counts = new Map<string, number>();
    for (const projectId of this.running.values()) counts.set(projectId, (counts.get(projectId) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= PER_PROJECT).map(([projectId]) => projectId);
  }
}
