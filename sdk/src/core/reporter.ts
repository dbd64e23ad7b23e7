import { PROTOCOL_VERSION } from '@ballast/protocol';
import type { Batch, Counters } from './counters.js';
import type { Cancel, Platform } from './transport.js';

const DAY_MS = 86_400_000;
const SPREAD_MS = 5_000;
const MAX_DELAY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Where batches go and who sends them. */
export interface ReportTarget {
  readonly url: string;
  readonly key: string;
  readonly instance: string;
  readonly warn: (message: string) => void;
}

interface Frozen extends Batch {
  readonly seq: number;
}

/**
 * Sends counters. A batch keeps its sequence number however often it is sent, so that the server, which claims each
 * (instance, seq) once, counts exactly; a batch that can never be taken is dropped and counted.
 */
export class Reporter {
  readonly #counters: Counters;
  readonly #platform: Pick<Platform, 'now' | 'random' | 'after' | 'http'>;
  readonly #target: ReportTarget;
  readonly #queue = new Set<Frozen>();
  #seq = 0;
  #failures = 0;
  #slot: Cancel | null = null;
  #retry: Cancel | null = null;
  readonly #sending = new Set<Cancel>();
  #waiting: ((delivered: boolean) => void)[] = [];

  constructor(counters: Counters, platform: Pick<Platform, 'now' | 'random' | 'after' | 'http'>, target: ReportTarget) {
    this.#counters = counters;
    this.#platform = platform;
    this.#target = target;
  }

  /** Sends the open slot some seconds after its end; told by the counters when a slot opens. */
  slotOpened(msLeft: number): void {
    this.#slot ??= this.#platform.after(msLeft, () => {
      this.#slot = null;
      this.#counters.roll();
      this.#later(this.#platform.random() * SPREAD_MS);
    });
  }

  /** Sends everything now; resolves to whether the server has all of it. `last`: nobody may be there for the answer. */
  flush(last = false): Promise<boolean> {
    this.#counters.roll();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (last || this.#sending.size === 0) this.#send(last);
    });
  }

  /** Stops all timers and requests. */
  close(): void {
    this.#slot?.();
    this.#retry?.();
    for (const cancel of this.#sending) cancel();
    this.#sending.clear();
    this.#settle();
  }

  #later(ms: number): void {
    this.#retry ??= this.#platform.after(ms, () => {
      this.#retry = null;
      if (this.#sending.size === 0) this.#send(false);
    });
  }

  #send(last: boolean): void {
    this.#retry?.();
    this.#retry = null;
    const oldest = this.#platform.now() - DAY_MS;
    for (const batch of this.#queue) if (batch.t0 < oldest) this.#drop(batch);
    if (last || this.#queue.size === 0) this.#freeze();
    const batches = [...this.#queue];
    if (batches.length === 0) this.#settle();
    for (const batch of last ? batches : batches.slice(0, 1)) this.#post(batch, last);
  }

  #freeze(): void {
    for (let batch = this.#counters.take(); batch; batch = this.#counters.take()) this.#queue.add({ ...batch, seq: this.#seq++ });
  }

  #drop(batch: Frozen): void {
    if (this.#queue.delete(batch)) this.#counters.lose(batch.evaluations);
  }

  #post(batch: Frozen, last: boolean): void {
    const { url, key, instance } = this.#target;
    const head = `{"v":${PROTOCOL_VERSION},"instance":${JSON.stringify(instance)},"seq":${batch.seq}`;
    const body = `${head},"sentAt":${this.#platform.now()},${batch.members}}`;
    const cancel = this.#platform.http({ url: `${url}/sdk/v1/telemetry`, key, body, last, timeoutMs: TIMEOUT_MS }, ({ status }) => {
      this.#sending.delete(cancel);
      this.#answered(batch, status);
    });
    this.#sending.add(cancel);
  }

  #answered(batch: Frozen, status: number): void {
    const isTaken = status >= 200 && status < 300;
    const isRefused = status >= 400 && status < 500 && status !== 408 && status !== 429;
    if (isTaken) this.#queue.delete(batch);
    if (isRefused) {
      this.#target.warn(`a telemetry batch was refused: ${status}`);
      this.#drop(batch);
    }
    if (this.#sending.size > 0) return;
    if (isTaken || isRefused) {
      this.#failures = 0;
      this.#send(false);
      return;
    }
    this.#settle();
    this.#later(this.#platform.random() * Math.min(MAX_DELAY_MS, 1000 * 2 ** this.#failures++));
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(this.#queue.size === 0);
  }
}
