import { randomUUID } from 'node:crypto';
import type { Question } from '@ballast/protocol';
import { SingleFlight } from '@ballast/streaming';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Listener } from '../database/index.js';
import { type Findings, Inquiry } from './inquiry.js';
import { QuestionsStore } from './questions.store.js';
import { ServerNodes } from './server-nodes.js';
import { StreamingGateway } from './streaming.gateway.js';

/** Looks for answers this often, whatever notifications say. */
const POLL_MS = 250;

/** How long to wait for an answer, and when it is enough. */
export interface Patience {
  readonly withinMs: number;
  /** Without it: when everyone who is there has answered. */
  readonly isEnough?: (findings: Findings) => boolean;
}

/** Finds out how far the instances of an environment are, on all servers and relays: by asking when somebody wants to know. */
@Injectable()
export class Convergence implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Convergence.name);
  private readonly waiting = new Map<string, () => void>();
  private readonly running = new Set<Inquiry>();
  private isStopping = false;

  constructor(
    private readonly listener: Listener,
    private readonly store: QuestionsStore,
    private readonly nodes: ServerNodes,
    private readonly gateway: StreamingGateway,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.listen('ballast_answer', (id) => this.waiting.get(id)?.());
  }

  /** Whoever waits is answered before the server stops. */
  onModuleDestroy(): void {
    this.isStopping = true;
    for (const inquiry of this.running) inquiry.end();
  }

  /** Asks every server. What is known at the end of the patience is answered, complete or not: a failure of the database only leaves others unheard. */
  async ask(environmentId: string, question: Question, { withinMs, isEnough = isAnswered }: Patience): Promise<Findings> {
    const id = randomUUID();
    const inquiry = new Inquiry(question, { ...this.nodes.self, seenMs: 0 });
    const looking = new SingleFlight(() => this.look(id, inquiry));
    const look = () => void looking.run().catch((error: unknown) => this.logger.warn(`could not look for answers: ${String(error)}`));
    const end = this.gateway.hub.census.ask(environmentId, { ...question, id, forMs: withinMs }, (tally) => inquiry.hearOwn(tally));
    this.waiting.set(id, look);
    this.running.add(inquiry);
    if (this.isStopping) inquiry.end();
    const poll = setInterval(look, POLL_MS);
    const asking = this.askOthers({ id, environmentId, question, forMs: withinMs }, inquiry);
    await inquiry.until(isEnough, withinMs);
    clearInterval(poll);
    this.waiting.delete(id);
    this.running.delete(inquiry);
    end();
    // Whoever waits for the answer does not wait for a database that is slow.
    void asking.then(() => (inquiry.others?.alive.length === 0 ? undefined : this.quietly(this.store.forget(id))));
    return inquiry.findings();
  }

  private async askOthers(
    { question, ...asked }: { id: string; environmentId: string; question: Question; forMs: number },
    inquiry: Inquiry,
  ) {
    const others = await this.quietly(this.nodes.others());
    if (others === undefined) return;
    inquiry.know(others);
    if (others.alive.length === 0) return;
    await this.quietly(this.store.ask({ ...asked, asker: this.nodes.self.id, content: JSON.stringify(question) }));
  }

  /** A server that is gone by now is no longer waited for. */
  private async look(id: string, inquiry: Inquiry): Promise<void> {
    if (inquiry.others?.alive.length === 0) return;
    const [others, answers] = await Promise.all([this.nodes.others(), this.store.answers(id)]);
    inquiry.know(others);
    inquiry.hear(answers);
  }

  private async quietly<Result>(work: Promise<Result>): Promise<Result | undefined> {
    return work.catch((error: unknown) => {
      this.logger.warn(`could not ask other servers: ${String(error)}`);
      return undefined;
    });
  }
}

function isAnswered(findings: Findings): boolean {
  return findings.isAnswered;
}
