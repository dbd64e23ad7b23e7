import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { version } from '../version.js';
import { type ServerNode, ServerNodesStore } from './server-nodes.store.js';

const BEAT_MS = 2_000;
/** A server that has said nothing for this long is no longer waited for. */
const ALIVE_MS = 6_000;
/** For this long it is named as one that fell silent: it may still have clients. */
const NAMED_MS = 300_000;

/** The other servers on this database. */
export interface OtherServers {
  readonly alive: readonly ServerNode[];
  /** Those that fell silent without taking leave. */
  readonly silent: readonly ServerNode[];
}

/** Says every few seconds that this server is there, and knows which others are. */
@Injectable()
export class ServerNodes implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Names this process among all servers. */
  readonly self = { id: randomUUID(), name: hostname(), version };
  private readonly logger = new Logger(ServerNodes.name);
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(private readonly store: ServerNodesStore) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => {
      this.beating = this.beat();
    }, BEAT_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    // A beat that is under way must not come after the leave.
    await this.beating;
    await this.store.leave(this.self.id).catch((error: unknown) => this.logger.warn(`could not take leave: ${String(error)}`));
  }

  async others(): Promise<OtherServers> {
    const others = await this.store.others(this.self.id, NAMED_MS);
    return { alive: others.filter(({ seenMs }) => seenMs < ALIVE_MS), silent: others.filter(({ seenMs }) => seenMs >= ALIVE_MS) };
  }

  private async beat(): Promise<void> {
    await this.store
      .beat(this.self)
      .catch((error: unknown) => this.logger.warn(`could not say that this server is there: ${String(error)}`));
  }
}
