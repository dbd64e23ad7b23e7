/** What became of a batch: counted now, counted before, or so old that nobody knows whether it was. */
export type Counted = 'counted' | 'duplicate' | 'expired';

/** How a buffer commits, and how much it holds; all amounts are sums of what `weigh` says. */
export interface BufferSettings<Batch> {
  readonly commit: (batches: readonly Batch[]) => Promise<readonly Counted[]>;
  readonly weigh: (batch: Batch) => number;
  /** Whose batch it is: everybody has a lane of their own, and the same share of each transaction. */
  readonly laneOf: (batch: Batch) => string;
  /** Most that may wait; whoever has less waiting than `always` may still add to it. */
  readonly waiting: number;
  readonly always: number;
  /** Most that may wait in one lane. */
  readonly perLane: number;
  /** About as much as is written in one transaction. */
  readonly perCommit: number;
  /** A lane with no more waiting is light: it goes beside what the others write, in a transaction with others of its kind. */
  readonly light: number;
}

interface Waiting<Batch> {
  readonly batch: Batch;
  readonly weight: number;
  readonly done: (outcome: Counted) => void;
  readonly failed: (error: unknown) => void;
}

interface Lane<Batch> {
  weight: number;
  readonly queue: Waiting<Batch>[];
}

/** One of two that write: all lanes, the heavy ones first, or light ones only. */
type Writer = 'all' | 'light';

/**
 * Group commit: while one transaction runs, batches gather, and all that wait go into the next one. A second one runs beside it for lanes that have
 * little to write, so that nobody waits for who has much; no lane is in both. Every batch is answered only after the commit that holds it.
 */
export class CounterBuffer<Batch> {
  readonly #lanes = new Map<string, Lane<Batch>>();
  readonly #running = new Map<Writer, Promise<void>>();
  /** The lanes that are being written. */
  readonly #busy = new Set<string>();
  #weight = 0;

  constructor(private readonly settings: BufferSettings<Batch>) {}

  /** Whether no more can wait in a lane; the sender must come back later. */
  isFull(name: string): boolean {
    const own = this.#lanes.get(name)?.weight ?? 0;
    const { waiting, always, perLane } = this.settings;
    return own >= perLane || (this.#weight >= waiting && own >= always);
  }

  /** Settles once the batch is committed, or its transaction has failed. */
  add(batch: Batch): Promise<Counted> {
    return new Promise((done, failed) => {
      const name = this.settings.laneOf(batch);
      const weight = this.settings.weigh(batch);
      const lane = this.#lanes.get(name) ?? { weight: 0, queue: [] };
      this.#lanes.set(name, lane);
      lane.queue.push({ batch, weight, done, failed });
      lane.weight += weight;
      this.#weight += weight;
      this.#wake();
    });
  }

  /** Settles when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Lets those write that rest and have something to write. */
  #wake(): void {
    for (const writer of ['all', 'light'] as const) {
      if (!this.#running.has(writer) && this.#lanesFor(writer).length > 0) this.#running.set(writer, this.#run(writer));
    }
  }

  async #run(writer: Writer): Promise<void> {
    for (let names = this.#lanesFor(writer); names.length > 0; names = this.#lanesFor(writer)) {
      const group = this.#next(names);
      const lanes = new Set(group.map(({ batch }) => this.settings.laneOf(batch)));
      for (const name of lanes) this.#busy.add(name);
      await this.#write(group);
      for (const name of lanes) this.#busy.delete(name);
    }
    this.#running.delete(writer);
    this.#wake();
  }

  /** The lanes that one may write now, in the order of their turns. */
  #lanesFor(writer: Writer): readonly string[] {
    const waiting = [...this.#lanes].filter(([name]) => !this.#busy.has(name));
    const isLight = ([, { weight }]: (typeof waiting)[number]): boolean => weight <= this.settings.light;
    const chosen = waiting.filter((lane) => isLight(lane) === (writer === 'light'));
    return (writer === 'all' && chosen.length === 0 ? waiting : chosen).map(([name]) => name);
  }

  /** Takes as many batches as one transaction should hold, at least one: first its share from each lane, then the rest from whoever has more. */
  #next(names: readonly string[]): readonly Waiting<Batch>[] {
    const { perCommit } = this.settings;
    const share = perCommit / names.length;
    const group: Waiting<Batch>[] = [];
    let room = perCommit;
    for (const most of [share, perCommit]) {
      for (const name of names) if (room > 0) room -= this.#take(name, Math.min(most, room), group);
    }
    return group;
  }

  /** Moves batches of one lane to a group until there are as many as it may have; the lane is the last one to be served again. */
  #take(name: string, most: number, group: Waiting<Batch>[]): number {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return 0;
    let [weight, size] = [0, 0];
    for (const waiting of lane.queue) {
      if (weight >= most) break;
      weight += waiting.weight;
      size += 1;
    }
    group.push(...lane.queue.splice(0, size));
    lane.weight -= weight;
    this.#weight -= weight;
    this.#lanes.delete(name);
    if (lane.queue.length > 0) this.#lanes.set(name, lane);
    return weight;
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
