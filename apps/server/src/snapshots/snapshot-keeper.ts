import type { FlagSet } from '@ballast/evaluation';
import type { Delta, View } from '@ballast/protocol';
import { type Head, type News, type Since, SingleFlight, type SnapshotBody, SnapshotFeeds, type SnapshotSource } from '@ballast/streaming';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeLedger } from '../changes/index.js';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { EnvironmentKeeper, type LoggedFrom } from './environment-keeper.js';
import { type EnvironmentHead, SnapshotsView } from './snapshots.view.js';

const POLL_MS = 5_000;

/** Every environment in memory, led on by the log: a notification makes it look at once, a poll makes sure. */
@Injectable()
export class SnapshotKeeper implements SnapshotSource, OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SnapshotKeeper.name);
  private readonly feeds = new SnapshotFeeds((environmentId) => this.catchUp(environmentId));
  private readonly keepers = new Map<string, EnvironmentKeeper>();
  private readonly poll = new SingleFlight(() => this.lookAtAll());
  private timer: NodeJS.Timeout | undefined;
  private hasSeenAll = false;

  constructor(
    private readonly view: SnapshotsView,
    private readonly listener: Listener,
    private readonly ledger: ChangeLedger,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.listener.listen(
      'ballast_change',
      (hint) => this.hear(hint),
      () => void this.pollQuietly(),
    );
    await this.pollQuietly();
    this.timer = setInterval(() => void this.pollQuietly(), POLL_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Whether every environment was loaded. */
  isReady(): boolean {
    return this.hasSeenAll && [...this.keepers.values()].every(({ revision }) => revision !== undefined);
  }

  /** What `evaluate` needs of an environment, always the newest revision here; undefined when it is not loaded. */
  flagSet(environmentId: string, view: View = 'server'): (FlagSet & Head) | undefined {
    return this.feeds.state(environmentId, view);
  }

  /** `project/environment` of an environment; undefined when it is not loaded. */
  nameOf(environmentId: string): string | undefined {
    return this.feeds.state(environmentId, 'server')?.environment;
  }

  /** When a recent revision was committed, epoch milliseconds. */
  committedAt(environmentId: string, revision: number): number | undefined {
    return this.keepers.get(environmentId)?.committedAt(revision);
  }

  /** What leads on from an old revision, from the log in the database; undefined when the snapshot must be fetched. */
  async logged(environmentId: string, view: View, held: LoggedFrom): Promise<Delta | undefined> {
    return this.keepers.get(environmentId)?.logged(held, view);
  }

  head(environmentId: string, view: View): Head | undefined {
    return this.feeds.head(environmentId, view);
  }

  body(environmentId: string, view: View): SnapshotBody | undefined {
    return this.feeds.body(environmentId, view);
  }

  since(environmentId: string, view: View, revision: number, checksum?: number): Since {
    return this.feeds.since(environmentId, view, revision, checksum);
  }

  checksumAt(environmentId: string, view: View, revision: number): number | undefined {
    return this.feeds.checksumAt(environmentId, view, revision);
  }

  refresh(environmentId: string): Promise<void> {
    return this.feeds.refresh(environmentId);
  }

  subscribe(listener: (news: News) => void): () => void {
    return this.feeds.subscribe(listener);
  }

  /** A hint is `environment:revision`; what is known already needs no look. */
  private hear(hint: string): void {
    const [environmentId = '', revision] = hint.split(':');
    if ((this.keepers.get(environmentId)?.revision ?? -1) >= Number(revision)) return;
    this.catchUp(environmentId).catch((error: unknown) => this.logger.warn(`could not read the log: ${String(error)}`));
  }

  private catchUp(environmentId: string): Promise<void> {
    return this.keepers.get(environmentId)?.catchUp() ?? this.poll.run();
  }

  private async pollQuietly(): Promise<void> {
    await this.poll.run().catch((error: unknown) => this.logger.warn(`could not look for changes: ${String(error)}`));
  }

  private async lookAtAll(): Promise<void> {
    const heads = await this.view.heads();
    const known = new Set(heads.map(({ id }) => id));
    for (const id of this.keepers.keys()) if (!known.has(id)) this.forget(id);
    for (const head of heads) this.keeperOf(head);
    this.hasSeenAll = true;
    const looks = await Promise.allSettled(heads.map((head) => this.lookAt(head)));
    for (const look of looks) if (look.status === 'rejected') this.logger.error(`could not load an environment: ${String(look.reason)}`);
  }

  private async lookAt(head: EnvironmentHead): Promise<void> {
    const keeper = this.keeperOf(head);
    if (!keeper.isAt(head)) await keeper.catchUp();
  }

  private keeperOf(head: EnvironmentHead): EnvironmentKeeper {
    const known = this.keepers.get(head.id);
    if (known !== undefined) return known;
    const keeper = new EnvironmentKeeper(this.view, this.feeds, head, {
      warn: (message) => this.logger.error(message),
      now: () => this.clock.now(),
      correct: (correction) =>
        this.ledger.correct(correction).catch((error: unknown) => this.logger.error(`could not put checksums right: ${error}`)),
    });
    this.keepers.set(head.id, keeper);
    return keeper;
  }

  private forget(environmentId: string): void {
    this.keepers.delete(environmentId);
    this.feeds.close(environmentId);
  }
}
