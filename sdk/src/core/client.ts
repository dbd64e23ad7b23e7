import { type ErrorCode, type EvaluationContext, evaluate, type FlagType, failure, type Resolution, typeOf } from '@ballast/evaluation';
import { closed, started } from '@ballast/protocol';
import type { BrowserClient, ClientStatus, Details } from './api.js';
import { happen } from './connection.js';
import { type Core, log, newCore, tell } from './core.js';
import { Counters, markOf } from './counters.js';
import type { EventName, Listener } from './events.js';
import { attempt, isContext, membersOf } from './json.js';
import { CLOSE_TIMEOUT_MS, LONGEST_TIMER_MS, READY_TIMEOUT_MS } from './limits.js';
import { readOptions } from './options.js';
import { flush, quit, slotOpened } from './reporter.js';
import { type Branches, type RunOptions, runBranch } from './run.js';
import { fill, save } from './store.js';
import type { Cancel, Platform } from './transport.js';

/** The client of every platform. */
export class CoreClient implements BrowserClient {
  readonly #core: Core;
  #offExit: Cancel = () => {};
  #closing: Promise<void> | undefined;

  /** `countersOf` makes what counts for it. */
  constructor(
    platform: Platform,
    options: unknown,
    countersOf = (core: Core) => new Counters(core.now, (msLeft) => slotOpened(core, msLeft)),
  ) {
    const core = newCore(platform, readOptions(options, platform));
    this.#core = core;
    for (const [name, isUsable] of Object.entries(core.checked)) if (!isUsable) tell(core, `option ${name} is not valid`);
    const hasServer = core.url && core.key;
    if (hasServer) core.cache = platform.cacheOf(core);
    const isVouchedFor = fill(core);
    if (!hasServer) {
      core.session = { ...core.session, status: core.state ? 'stale' : 'closed' };
      return;
    }
    if (core.isCounting) core.counters = countersOf(core);
    this.#offExit = platform.onExit(() => leave(core));
    happen(core, started(core.state?.revision, isVouchedFor));
  }

  get status(): ClientStatus {
    return this.#core.session.status;
  }

  get revision(): number | undefined {
    return this.#core.state?.revision;
  }

  ready(options?: { readonly timeoutMs?: number }): Promise<ClientStatus> {
    const { timeoutMs = READY_TIMEOUT_MS } = membersOf(options);
    const { waiting, after } = this.#core;
    return new Promise((resolve) => {
      const settle = (): void => {
        stop();
        waiting.delete(check);
        resolve(this.status);
      };
      const check = (): void => {
        const { status, cached } = this.#core.session;
        if (status !== 'connecting' && !(status === 'ready' && cached)) settle();
      };
      const stop = after(Math.min(Number(timeoutMs), LONGEST_TIMER_MS), settle, true);
      waiting.add(check);
      check();
    });
  }

  value(key: string, defaultValue: boolean, context?: EvaluationContext): boolean;
  value(key: string, defaultValue: string, context?: EvaluationContext): string;
  value(key: string, defaultValue: number, context?: EvaluationContext): number;
  value<T>(key: string, defaultValue: T, context?: EvaluationContext): T;
  value(key: string, defaultValue: unknown, context?: EvaluationContext): unknown {
    const core = this.#core;
    const resolution = resolve(core, key, defaultValue, context);
    count(core, resolution, context);
    return resolution.variant === undefined ? defaultValue : resolution.value;
  }

  details(key: string, defaultValue: boolean, context?: EvaluationContext): Details<boolean>;
  details(key: string, defaultValue: string, context?: EvaluationContext): Details<string>;
  details(key: string, defaultValue: number, context?: EvaluationContext): Details<number>;
  details<T>(key: string, defaultValue: T, context?: EvaluationContext): Details<T>;
  details(key: string, defaultValue: unknown, context?: EvaluationContext): Details<unknown> {
    const core = this.#core;
    const resolution = resolve(core, key, defaultValue, context);
    count(core, resolution, context);
    return detailsOf(resolution, key, defaultValue);
  }

  run<On, Off>(key: string, context: EvaluationContext, branches: Branches<On, Off>, options?: RunOptions): On | Off;
  run(key: string, context: EvaluationContext, { on, off }: Branches<unknown, unknown>, options?: RunOptions): unknown {
    const core = this.#core;
    const resolution = resolve(core, key, false, context);
    const isOn = resolution.value === true;
    const mark = marked(core, resolution, context);
    return runBranch({
      branch: isOn ? on : off,
      rescue: isOn && options?.fallback === 'off' ? off : undefined,
      elapsed: core.elapsed,
      report: (ok, ms) => {
        core.counters?.outcome(resolution, ok, ms);
        if (mark !== undefined) core.counters?.first(resolution, mark, !ok);
      },
    });
  }

  on<Name extends EventName>(event: Name, listener: Listener<Name>): () => void {
    return this.#core.emitter.on(event, listener);
  }

  setContext(context: EvaluationContext): void {
    const current = isContext(context) ? context : undefined;
    this.#core.context = current;
    this.#core.emitter.emit('contextChanged', () => current ?? {});
  }

  flush(): Promise<boolean> {
    return flush(this.#core);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const core = this.#core;
    this.#offExit();
    happen(core, closed);
    core.request?.();
    const stop = core.after(CLOSE_TIMEOUT_MS, () => quit(core));
    await leave(core);
    stop();
    quit(core);
    core.counters = undefined;
    core.queue.clear();
    core.emitter.clear();
  }
}

/** Sends and keeps what would be lost. */
function leave(core: Core): Promise<unknown> {
  return Promise.all([flush(core, true), save(core)]);
}

/** The context of an evaluation: that of the client with what comes along. */
export function contextOf(core: Core, context: EvaluationContext | undefined): EvaluationContext {
  return core.context ? { ...core.context, ...context } : (context ?? {});
}

function resolve(core: Core, key: string, defaultValue: unknown, context: EvaluationContext | undefined): Resolution {
  const resolution = evaluated(core, key, typeOf(defaultValue), context);
  if (core.hooks) report(core, detailsOf(resolution, key, defaultValue), context);
  return resolution;
}

function evaluated(core: Core, key: unknown, type: FlagType | undefined, context: EvaluationContext | undefined): Resolution {
  const asked = typeof key === 'string' ? key : '';
  const { state } = core;
  if (!state) return unanswered(asked, 'PROVIDER_NOT_READY', 'No flags');
  if (!type) return unanswered(asked, 'TYPE_MISMATCH', 'No type');
  try {
    return evaluate(state, asked, contextOf(core, context), type);
  } catch {
    return unanswered(asked, 'GENERAL', 'Unreadable');
  }
}

function unanswered(key: string, code: ErrorCode, message: string): Resolution {
  return failure({ key, version: 0, metadata: {} }, code, message);
}

/** What tells whether the context meets its variant for the first time; undefined where nobody asks. */
function marked(core: Core, resolution: Resolution, context: EvaluationContext | undefined): number | undefined {
  if (resolution.stage === undefined || !core.counters) return undefined;
  return attempt(() => markOf(resolution, contextOf(core, context)));
}

function count(core: Core, resolution: Resolution, context: EvaluationContext | undefined): void {
  // What is rare is apart, so that all the rest fits into the compiled code of whoever calls.
  if (resolution.stage !== undefined || core.scope?.()) countApart(core, resolution, context);
  else core.counters?.count(resolution);
}

function countApart(core: Core, resolution: Resolution, context: EvaluationContext | undefined): void {
  const { counters, scope } = core;
  const mark = marked(core, resolution, context);
  if (!counters || scope?.()?.takes(resolution, counters, mark)) return;
  counters.count(resolution);
  if (mark !== undefined) counters.first(resolution, mark);
}

function report(core: Core, details: Details<unknown>, context: EvaluationContext | undefined): void {
  const asked = attempt(() => contextOf(core, context)) ?? {};
  const evaluation = { details, context: asked, flagSetId: core.state?.environment, request: core.scope?.() };
  for (const hook of core.hooks ?? [])
    attempt(
      () => hook.afterEvaluation(evaluation),
      (error) => log(core, 'error', `hook failed: ${error}`),
    );
}

function detailsOf(resolution: Resolution, key: string, defaultValue: unknown): Details<unknown> {
  const { variant, reason, version, metadata: flagMetadata, errorCode, errorMessage } = resolution;
  const value = variant === undefined ? defaultValue : resolution.value;
  return { key, value, variant, reason, version, flagMetadata, errorCode, errorMessage };
}
