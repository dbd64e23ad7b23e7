import { parseQuestion, type Tally } from '@ballast/protocol';
import { SingleFlight } from '@ballast/streaming';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Listener } from '../database/index.js';

import { type OpenQuestion, QuestionsStore } from './questions.store.js';
import { ServerNodes } from './server-nodes.js';
import { StreamingGateway } from './streaming.gateway.js';

const POLL_MS = 1_000;

/** Answers what other servers ask about the instances that are connected to this one: at once on a notification, within a second in any case. */
@Injectable()
export class QuestionDesk implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(QuestionDesk.name);
  private readonly open = new Map<string, () => void>();
  private readonly looking = new SingleFlight(() => this.look());
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly listener: Listener,
    private readonly store: QuestionsStore,
    private readonly nodes: ServerNodes,
    private readonly gateway: StreamingGateway,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const look = () =>
      void this.looking.run().catch((error: unknown) => this.logger.warn(`could not look for questions: ${String(error)}`));
    this.timer = setInterval(look, POLL_MS);
    this.timer.unref();
    await this.listener.listen('ballast_ask', look, look);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    for (const end of this.open.values()) end();
    this.open.clear();
  }

  private async look(): Promise<void> {
    const asked = await this.store.open(this.nodes.self.id);
    const ids = new Set(asked.map(({ id }) => id));
    for (const [id, end] of this.open) {
      if (ids.has(id)) continue;
      end();
      this.open.delete(id);
    }
    for (const question of asked) if (!this.open.has(question.id)) this.answer(question);
  }

  private answer({ id, environmentId, content, forMs }: OpenQuestion): void {
    const question = parseQuestion(JSON.parse(content));
    if (typeof question === 'string') return;
    let latest: Tally | undefined;
    // One answer at a time, always the latest: an older one must not overtake it.
    const writing = new SingleFlight(() => this.store.answer(id, { serverId: this.nodes.self.id, content: JSON.stringify(latest) }));
    const end = this.gateway.hub.census.ask(environmentId, { ...question, id, forMs }, (tally) => {
      latest = tally;
      writing.run().catch((error: unknown) => this.logger.warn(`could not answer a question: ${String(error)}`));
    });
    this.open.set(id, end);
  }
}
