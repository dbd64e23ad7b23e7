import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { View } from '@ballast/protocol';
import { MAX_FORWARDED_BATCHES, parseVerdicts, type Verdict } from '@ballast/streaming';

const compress = promisify(gzip);

/** Bytes of one request to upstream, which takes a mebibyte. */
const REQUEST_BYTES = 900_000;
const RETRY_AFTER_SECONDS = 5;

/** A batch of counters as a client sent it: JSON text that was read and found sound. */
export interface Batch {
  readonly view: View;
  readonly text: string;
}

/** A batch that could not be handed over now: the client keeps it and comes back. */
export interface NotNow {
  readonly outcome: 'not-now';
  readonly code: 'telemetry.busy' | 'relay.cut_off';
  readonly retryAfter: number;
}

/** What upstream answered; status 0 when nothing usable did. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How batches leave, and how many may wait. */
export interface ForwarderOptions {
  readonly post: (gzipped: Buffer) => Promise<UpstreamAnswer>;
  /** Whether trying makes sense. */
  readonly isReachable: () => boolean;
  readonly maxBytes: number;
}

interface Waiting {
  readonly batch: Batch;
  readonly done: (outcome: Verdict | NotNow) => void;
}

const CUT_OFF: NotNow = { outcome: 'not-now', code: 'relay.cut_off', retryAfter: RETRY_AFTER_SECONDS };
const BUSY: NotNow = { outcome: 'not-now', code: 'telemetry.busy', retryAfter: RETRY_AFTER_SECONDS };

/**
 * Forwards batches as they are. While one request is under way batches gather, and all that wait go into the next one. A client is answered only
 * with what upstream said of its own batch, so a relay that dies loses nothing: the client sends the batch again, and upstream claims it once.
 */
export class CounterForwarder {
  readonly #options: ForwarderOptions;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #running: Promise<void> | null = null;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Batches that wait or are under way. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Settles with upstream's verdict, or says that the batch must come again. */
  forward(batch: Batch): Promise<Verdict | NotNow> {
    if (!this.#options.isReachable()) return Promise.resolve(CUT_OFF);
    if (this.#bytes + batch.text.length > this.#options.maxBytes) return Promise.resolve(BUSY);
    return new Promise((done) => {
      this.#waiting.push({ batch, done });
      this.#bytes += batch.text.length;
      this.#running ??= this.#run();
    });
  }

  /** Settles when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#next();
      await this.#send(group);
      this.#waiting.splice(0, group.length);
      this.#bytes -= bytesOf(group);
    }
    this.#running = null;
  }

  /** As many as one request should hold, at least one. */
  #next(): readonly Waiting[] {
    let bytes = 0;
    let size = 0;
    for (const { batch } of this.#waiting) {
      bytes += Buffer.byteLength(batch.text);
      if (size > 0 && (bytes > REQUEST_BYTES || size >= MAX_FORWARDED_BATCHES)) break;
      size += 1;
    }
    return this.#waiting.slice(0, size);
  }

  /** A group that upstream will not read goes one by one, so that no batch fails for its neighbours. */
  async #send(group: readonly Waiting[]): Promise<void> {
    const answer = await this.#post(group);
    if (UNREADABLE_STATUSES.includes(answer.status) && group.length > 1) {
      for (const waiting of group) await this.#send([waiting]);
      return;
    }
    const verdicts = verdictsOf(answer, group.length);
    for (const [index, { done }] of group.entries()) done(verdicts[index] ?? CUT_OFF);
  }

  async #post(group: readonly Waiting[]): Promise<UpstreamAnswer> {
    const batches = group.map(({ batch }) => `{"view":"${batch.view}","batch":${batch.text}}`);
    return this.#options.post(await compress(`{"batches":[${batches.join(',')}]}`));
  }
}

/** What upstream says to somebody whose request it cannot read. */
const UNREADABLE_STATUSES: readonly number[] = [400, 413, 422];
const UNREADABLE: Verdict = { outcome: 'invalid', problems: [{ path: '', message: 'was not taken' }] };

/** What upstream said of each of so many batches. */
function verdictsOf({ status, body }: UpstreamAnswer, count: number): readonly (Verdict | NotNow)[] {
  const all = (outcome: Verdict | NotNow) => Array.from({ length: count }, () => outcome);
  if (status === 429) return all(BUSY);
  if (UNREADABLE_STATUSES.includes(status)) return all(UNREADABLE);
  const verdicts = status === 200 ? parseVerdicts(body) : [];
  return typeof verdicts === 'string' || verdicts.length !== count ? all(CUT_OFF) : verdicts;
}

function bytesOf(group: readonly Waiting[]): number {
  return group.reduce((sum, { batch }) => sum + batch.text.length, 0);
}
