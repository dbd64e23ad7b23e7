import { AsyncLocalStorage } from 'node:async_hooks';
import type { Resolution } from '@ballast/evaluation';
import type { Counters } from '../core/counters.js';
import type { RequestScope } from '../core/hooks.js';
import { runBranch } from '../core/run.js';
import { clock } from './clock.js';

/** What all copies of this package in a process share, so that the middleware of one serves the clients of another. */
const PLACE = Symbol.for('@ballast/sdk/request-scope');
const shared: { storage?: AsyncLocalStorage<RequestScope> } = Reflect.get(process, PLACE) ?? {};
Reflect.set(process, PLACE, shared);

/** How a request ended; `aborted`: whoever asked went away, which says nothing about the code under the flags. */
export type RequestOutcome = 'success' | 'failure' | 'aborted';

interface Noted {
  readonly resolution: Resolution;
  times: number;
  /** The contexts, where it matters whether they met their variant before. */
  readonly marks: Set<number>;
}

/** The evaluations of one request, until it ends. */
export class OpenScope implements RequestScope {
  readonly #noted = new Map<Counters, Map<Resolution | string, Noted>>();
  readonly #start = clock.elapsed();
  #isOver = false;

  /** A flag that does not exist has no outcome; it is counted as usual. */
  takes(resolution: Resolution, counters: Counters, mark: number | undefined): boolean {
    const { flag, version, errorCode } = resolution;
    if (this.#isOver || errorCode === 'FLAG_NOT_FOUND') return false;
    const noted = this.#noted.get(counters) ?? new Map<Resolution | string, Noted>();
    this.#noted.set(counters, noted);
    const key = errorCode ? `${flag}\n${version}` : resolution;
    const known = noted.get(key) ?? { resolution, times: 0, marks: new Set() };
    noted.set(key, known);
    known.times++;
    if (mark !== undefined) known.marks.add(mark);
    return true;
  }

  /** Runs work whose evaluations belong to this request. */
  run<T>(work: () => T): T {
    // Made with the first scope, so that a program without scopes pays nothing for them.
    shared.storage ??= new AsyncLocalStorage();
    return shared.storage.run(this, work);
  }

  /** Counts everything that was evaluated together with how it ended, once; later evaluations count for themselves. */
  end(outcome: RequestOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ms = clock.elapsed() - this.#start;
    for (const [counters, noted] of this.#noted)
      for (const { resolution, times, marks } of noted.values()) {
        if (outcome === 'aborted') counters.count(resolution, times);
        else counters.outcome(resolution, outcome === 'success', ms, times);
        for (const mark of marks) counters.first(resolution, mark, outcome === 'failure');
      }
    this.#noted.clear();
  }
}

/** The scope that the running code belongs to, ended or not. */
export function currentScope(): RequestScope | undefined {
  return shared.storage?.getStore();
}

/**
 * Runs one piece of work, sync or async, as a request of its own: a job, a message, a call of any protocol. Every flag that is evaluated
 * in it gets its outcome, a failure when it throws or rejects, and its latency. Returns or throws what the work returns or throws.
 */
export function inRequestScope<T>(work: () => T): T;
export function inRequestScope(work: () => unknown): unknown {
  const scope = new OpenScope();
  return runBranch({
    branch: () => scope.run(work),
    rescue: undefined,
    elapsed: clock.elapsed,
    report: (ok) => scope.end(ok ? 'success' : 'failure'),
  });
}
