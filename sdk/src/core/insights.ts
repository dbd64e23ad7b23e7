import type { EvaluationContext } from '@ballast/evaluation';

/** What came with an event. */
export interface TrackOptions {
  /** Added up per variant, to a millionth. Default: 0. */
  readonly value?: number;
}

/** What the code under a flag went through; all of it is added to the counts of the variant. */
export interface Health {
  /** Calls that passed a guard, each once however often it was made again: what retries are a share of. */
  readonly calls?: number;
  /** Calls that were made again. */
  readonly retries?: number;
  /** Milliseconds that a circuit breaker was open. */
  readonly openMs?: number;
  /** Milliseconds that it was watched, open or not: what the open ones are a share of. */
  readonly watchedMs?: number;
  /** Values that were checked. */
  readonly validated?: number;
  /** Values among them that were not valid. */
  readonly invalid?: number;
}

/** What a client on a server counts beside evaluations. */
export interface Insights {
  /**
   * Counts an event, such as an order, for every variant that its context was served lately. The context is told by its targeting key,
   * and variants are remembered with the option `tracking` only.
   */
  track(event: string, context?: EvaluationContext, options?: TrackOptions): void;
  /** Counts what the code under a flag went through, for the variant that the context is served. That is no evaluation. */
  count(key: string, context: EvaluationContext, health: Health): void;
}

/** Options of what is counted beside evaluations. */
export interface InsightOptions {
  /** Remember which variants each context was served, so that `track` can tell. Adds about 0.3 µs to every evaluation. Default: `false`. */
  readonly tracking?: boolean;
  /** Count outcomes of `run` without an error that took longer than this, exactly; up to four, in milliseconds. Default: `[500]`. */
  readonly slowMs?: readonly number[];
}
