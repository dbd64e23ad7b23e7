import type { KeyEntry, KeySource } from '@ballast/streaming';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { SingleFlight } from '../snapshots/index.js';
import { KeysView } from './keys.view.js';

const POLL_MS = 5_000;

/** The keys that relays let in: read again on a notification, and every few seconds in any case. */
@Injectable()
export class KeyLists implements KeySource, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyLists.name);
  private readonly wanted = new Set<string>();
  private readonly lists = new Map<string, readonly KeyEntry[]>();
  private readonly listeners = new Set<(environmentId: string) => void>();
  private readonly reading = new SingleFlight(() => this.read());
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly view: KeysView,
    private readonly listener: Listener,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => this.look(), POLL_MS);
    this.timer.unref();
    await this.listener.listen(
      'ballast_keys',
      (environmentId) => {
        if (this.wanted.has(environmentId)) this.look();
      },
      () => this.look(),
    );
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async load(environmentId: string): Promise<void> {
    this.wanted.add(environmentId);
    await this.reading.run();
  }

  current(environmentId: string): readonly KeyEntry[] {
    return this.lists.get(environmentId) ?? [];
  }

  now(): number {
    return Math.round(this.clock.now());
  }

  subscribe(listener: (environmentId: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private look(): void {
    if (this.wanted.size === 0) return;
    this.reading.run().catch((error: unknown) => this.logger.warn(`could not read SDK keys: ${String(error)}`));
  }

  private async read(): Promise<void> {
    const lists = await this.view.lists([...this.wanted], new Date(this.clock.now()));
    for (const [environmentId, keys] of lists) {
      const before = this.lists.get(environmentId);
      if (JSON.stringify(before) === JSON.stringify(keys)) continue;
      this.lists.set(environmentId, keys);
      for (const listener of this.listeners) listener(environmentId);
    }
  }
}
