import type { EvaluationContext, FlagValue } from '@ballast/evaluation';
import type { BrowserClient } from '../core/api.js';
import type { Insights } from '../core/insights.js';
import { InMemoryClient, type TrackedEvent } from './in-memory-client.js';

export type { ErrorCode, EvaluationContext, FlagValue, Json, Reason } from '@ballast/evaluation';
export type * from '../core/api.js';
export type { ClientEvents, ClientNews, EventName, Listener } from '../core/events.js';
export type { Health, Insights, TrackOptions } from '../core/insights.js';
export type { Branches, RunOptions } from '../core/run.js';
export type { TrackedEvent } from './in-memory-client.js';

/** The flags of a test: key to type. The `Flags` that `ballast-sdk generate` writes is one. */
export type FlagTypes = { readonly [key: string]: FlagValue };

/** What a flag answers in a test: always the same, or what a function makes of the context; undefined is the code default. */
export type Override<T> = T | ((context: EvaluationContext) => T | undefined);

/** What was counted of a flag. */
export interface TestCounts {
  /** Evaluations, those of `run` included. */
  readonly exposures: number;
  /** Branches that `run` ran and that ended well. */
  readonly ok: number;
  /** Branches that `run` ran and that threw or rejected. */
  readonly err: number;
}

/** Options of `createTestClient`. */
export interface TestClientOptions<F> {
  /** Overrides to begin with. */
  readonly flags?: { readonly [K in keyof F]?: Override<F[K]> };
  /** Attributes of every evaluation; those given with a call win. */
  readonly context?: EvaluationContext;
}

/** A client for tests: the answers are the test's, nothing is sent, no timer runs, and it can be asked what was counted. */
export interface TestClient<F = FlagTypes> extends BrowserClient, Insights {
  /** Changes what a flag answers from now on; listeners hear `configurationChanged`. */
  set<K extends keyof F & string>(key: K, override: Override<F[K]>): void;
  /** Takes a flag away: its evaluations answer the code default and `FLAG_NOT_FOUND`. Listeners hear `configurationChanged`. */
  unset(key: keyof F & string): void;
  /** Plays that the server is gone or back: sets the status, and listeners hear `stale` or `ready`. */
  setStatus(status: 'ready' | 'stale'): void;
  /** What was counted of a flag since the start or the last `resetCounts`; zeros for one that nobody asked for. */
  counts(key: string): TestCounts;
  /** The events that were tracked since the start or the last `resetCounts`, in their order. */
  events(): readonly TrackedEvent[];
  /** Forgets all counts and events. */
  resetCounts(): void;
}

/**
 * Makes a client for tests, ready at once, without network, timers or storage. A flag that no override is for answers the code default
 * with `FLAG_NOT_FOUND`; an override of another type than the default answers it with `TYPE_MISMATCH`. What an override function throws
 * reaches the caller, and what a listener throws becomes an unhandled rejection, so that a mistake in a test is seen.
 */
export function createTestClient<F = FlagTypes>(options: TestClientOptions<F> = {}): TestClient<F> {
  return new InMemoryClient(Object.entries(options.flags ?? {}), options.context);
}
