/** What became of a batch: counted now, or counted before. */
export type Counted = 'counted' | 'duplicate';

/** How a buffer commits, and how much it holds; all amounts are sums of what `weigh` says. */
export interface BufferSettings<Batch> {
  readonly commit: (batches: readonly Batch[]) => Promise<readonly Counted[]>;
  readonly weigh: (batch: Batch) => number;
  /** Most that may wait. */
  readonly waiting: number;
  /** About as much as is written in one transaction. */
  readonly perCommit: number;
}

interface Waiting<Batch> {
  readonly batch: Batch;
  readonly done: (outcome: Counted) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Group commit: while one transaction runs, batches gather, and all that wait go into the next one.
 * Every batch is answered only after the commit that holds it.
 */
export class CounterBuffer<Batch> {
  readonly #waiting: Waiting<Batch>[] = [];
  #weight = 0;
  #running: Promise<void> | null = null;

  constructor(private readonly settings: BufferSettings<Batch>) {}

  /** Whether no more can wait; the sender must come back later. */
  isFull(): boolean {
    return this.#weight >= this.settings.waiting;
  }

  /** Settles once the batch is committed, or its transaction has failed. */
  add(batch: Batch): Promise<Counted> {
    return new Promise((done, failed) => {
      this.#waiting.push({ batch, done, failed });
      this.#weight += this.settings.weigh(batch);
      this.#running ??= this.#run();
    });
  }

  /** Settles when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#write(this.#next());
    }
    this.#running = null;
  }

  /** Takes as many batches as one transaction should hold, at least one. */
  #next(): readonly Waiting<Batch>[] {
    let weight = 0;
    let size = 0;
    for (const { batch } of this.#waiting) {
      weight += this.settings.weigh(batch);
      size += 1;
      if (weight >= this.settings.perCommit) break;
    }
    this.#weight -= weight;
    return this.#waiting.splice(0, size);
  }

  /** A group that fails is tried again one by one, so that no batch fails for its neighbours. */
  async #write(group: readonly Waiting<Batch>[]): Promise<void> {
    try {
      const outcomes = await this.settings.commit(group.map(({ batch }) => batch));
      for (const [index, { done }] of group.entries()) done(outcomes[index] ?? 'counted');
    } catch (error) {
      const [only, ...others] = group;
      if (others.length === 0) only?.failed(error);
      else for (const waiting of group) await this.#write([waiting]);
    }
  }
}
