import { parseTally, type Question, type Tally } from '@ballast/protocol';
import { mergeTallies } from '@ballast/streaming';
import type { ServerAnswer } from './questions.store.js';
import type { OtherServers } from './server-nodes.js';
import type { ServerNode } from './server-nodes.store.js';

/** A server that was asked. */
export interface AskedServer extends ServerNode {
  /** Whether it says that it is there; one that fell silent may still have clients. */
  readonly isAlive: boolean;
  readonly isAnswered: boolean;
}

/** What was found out. */
export interface Findings {
  readonly tally: Tally;
  readonly servers: readonly AskedServer[];
  /** Whether every server that is there, and every relay, has answered. */
  readonly isAnswered: boolean;
  /** Whether nobody else can have clients either: a server that fell silent a moment ago still may. */
  readonly isComplete: boolean;
  /** Whether the waiting was ended: nobody is to be asked again. */
  readonly isOver: boolean;
}

/** The clients of a server that fell silent may believe that they are connected to it until no heartbeat came for 40 s. */
const CLIENTS_KEPT_MS = 45_000;

/** One question to all servers, and what they have said so far. */
export class Inquiry {
  readonly #question: Question;
  readonly #self: ServerNode;
  readonly #answers = new Map<string, Tally>();
  #others: OtherServers | undefined;
  #wake: () => void = () => undefined;
  #isOver = false;

  constructor(question: Question, self: ServerNode) {
    this.#question = question;
    this.#self = self;
  }

  /** Who else is there; undefined while that is not known. */
  get others(): OtherServers | undefined {
    return this.#others;
  }

  /** Notes who else is there now. */
  know(others: OtherServers): void {
    this.#others = others;
    this.#wake();
  }

  /** Notes what this server knows itself. */
  hearOwn(tally: Tally): void {
    this.#answers.set(this.#self.id, tally);
    this.#wake();
  }

  /** Notes what others said. */
  hear(answers: readonly ServerAnswer[]): void {
    for (const { serverId, content } of answers) {
      const tally = parseTally(JSON.parse(content));
      if (typeof tally !== 'string') this.#answers.set(serverId, tally);
    }
    this.#wake();
  }

  /** What is known so far. */
  findings(): Findings {
    const { alive, silent } = this.#others ?? { alive: [], silent: [] };
    const asked = (node: ServerNode, isAlive: boolean) => ({ ...node, isAlive, isAnswered: this.#answers.has(node.id) });
    const present = [this.#self, ...alive].map((node) => asked(node, true));
    const tallies = present.flatMap(({ id }) => this.#answers.get(id) ?? []);
    const tally = mergeTallies(tallies, this.#question);
    const isAnswered = this.#others !== undefined && tally.waitingRelays === 0 && present.every((node) => node.isAnswered);
    return {
      tally,
      servers: [...present, ...silent.map((node) => asked(node, false))],
      isAnswered,
      isComplete: isAnswered && silent.every(({ seenMs }) => seenMs > CLIENTS_KEPT_MS),
      isOver: this.#isOver,
    };
  }

  /** Ends the waiting with what is known. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Settles as soon as enough is known, or after so many milliseconds. */
  async until(isEnough: (findings: Findings) => boolean, withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, withinMs);
      this.#wake = () => {
        if (!this.#isOver && !isEnough(this.findings())) return;
        clearTimeout(deadline);
        resolve();
      };
      this.#wake();
    });
    this.#wake = () => undefined;
  }
}
