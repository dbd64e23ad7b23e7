import { type ErrorCode, type EvaluationContext, evaluate, type Resolution, typeOf } from '@ballast/evaluation';
import type { Session } from '@ballast/protocol';
import type { BrowserClient, ClientStatus, Details } from './api.js';
import { Connection } from './connection.js';
import { Counters } from './counters.js';
import { Emitter, type EventName, type Listener } from './events.js';
import type { Hook } from './hooks.js';
import { isContext } from './json.js';
import { readOptions } from './options.js';
import { Reporter } from './reporter.js';
import { type Branches, type RunOptions, runBranch } from './run.js';
import { Store } from './store.js';
import type { Cancel, Logger, Platform } from './transport.js';

const READY_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The client of every platform. */
export class CoreClient implements BrowserClient {
  readonly #platform: Platform;
  readonly #logger: Logger | null;
  readonly #emitter: Emitter;
  readonly #store: Store;
  readonly #connection: Connection | undefined;
  readonly #reporter: Reporter | undefined;
  readonly #hooks: readonly Hook[] | undefined;
  #counters: Counters | undefined;
  #context: EvaluationContext | undefined;
  #offExit: Cancel = () => {};
  #lastProblem = '';
  #closing: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(platform: Platform, options: unknown) {
    const { server, context, bootstrap, telemetry, hooks, logger, problems } = readOptions(options, platform.isUrl);
    this.#platform = platform;
    this.#logger = logger === undefined ? platform.logger : logger;
    this.#emitter = new Emitter((error) => this.#log('error', `a listener failed: ${error}`));
    this.#context = context;
    this.#hooks = hooks;
    for (const problem of problems) this.#problem(problem);
    this.#store = new Store(platform.after, server ? platform.cacheOf(server) : null, (message) => this.#problem(message));
    this.#store.fill(bootstrap);
    if (!server) return;
    const target = { ...server, instance: platform.uuid(), warn: (message: string) => this.#log('warn', message) };
    if (telemetry) {
      const counters = new Counters(platform.now, (msLeft) => this.#reporter?.slotOpened(msLeft));
      this.#counters = counters;
      this.#reporter = new Reporter(counters, platform, target);
    }
    this.#offExit = platform.onExit(() => Promise.all([this.#reporter?.flush(true), this.#store.save()]));
    this.#connection = new Connection(platform, this.#store, target, {
      news: (event, make) => {
        if (event === 'ready') this.#lastProblem = '';
        this.#emitter.emit(event, make);
      },
      error: (problem) => this.#problem(problem),
      stepped: () => {
        for (const check of this.#waiting) check();
      },
    });
    this.#connection.start();
  }

  get #session(): Session | undefined {
    return this.#connection?.session;
  }

  get status(): ClientStatus {
    if (this.#closing) return 'closed';
    return this.#session?.status ?? (this.#store.state ? 'stale' : 'closed');
  }

  get revision(): number | undefined {
    return this.#store.state?.revision;
  }

  ready(options?: { readonly timeoutMs?: number }): Promise<ClientStatus> {
    const { timeoutMs = READY_TIMEOUT_MS } = options ?? {};
    return new Promise((resolve) => {
      const settle = (): void => {
        stop();
        this.#waiting.delete(check);
        resolve(this.status);
      };
      const check = (): void => {
        const { status } = this;
        if (status !== 'connecting' && !(status === 'ready' && this.#session?.cached)) settle();
      };
      const stop = this.#platform.after(Math.min(timeoutMs, LONGEST_TIMER_MS), settle, true);
      this.#waiting.add(check);
      check();
    });
  }

  value(key: string, defaultValue: boolean, context?: EvaluationContext): boolean;
  value(key: string, defaultValue: string, context?: EvaluationContext): string;
  value(key: string, defaultValue: number, context?: EvaluationContext): number;
  value<T>(key: string, defaultValue: T, context?: EvaluationContext): T;
  value(key: string, defaultValue: unknown, context?: EvaluationContext): unknown {
    const resolution = this.#resolve(key, defaultValue, context);
    this.#count(resolution);
    if (this.#hooks) this.#tell(resolution, key, defaultValue, context);
    return resolution.variant === undefined ? defaultValue : resolution.value;
  }

  details(key: string, defaultValue: boolean, context?: EvaluationContext): Details<boolean>;
  details(key: string, defaultValue: string, context?: EvaluationContext): Details<string>;
  details(key: string, defaultValue: number, context?: EvaluationContext): Details<number>;
  details<T>(key: string, defaultValue: T, context?: EvaluationContext): Details<T>;
  details(key: string, defaultValue: unknown, context?: EvaluationContext): Details<unknown> {
    const resolution = this.#resolve(key, defaultValue, context);
    this.#count(resolution);
    if (this.#hooks) this.#tell(resolution, key, defaultValue, context);
    return detailsOf(resolution, key, defaultValue);
  }

  run<On, Off>(key: string, context: EvaluationContext, branches: Branches<On, Off>, options?: RunOptions): On | Off;
  run(key: string, context: EvaluationContext, { on, off }: Branches<unknown, unknown>, options?: RunOptions): unknown {
    const resolution = this.#resolve(key, false, context);
    if (this.#hooks) this.#tell(resolution, key, false, context);
    const isOn = resolution.value === true;
    return runBranch({
      branch: isOn ? on : off,
      rescue: isOn && options?.fallback === 'off' ? off : undefined,
      elapsed: this.#platform.elapsed,
      report: (ok, ms) => this.#counters?.outcome(resolution, ok, ms),
    });
  }

  on<Name extends EventName>(event: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(event, listener);
  }

  setContext(context: EvaluationContext): void {
    const current = isContext(context) ? context : undefined;
    this.#context = current;
    this.#emitter.emit('contextChanged', () => current ?? {});
  }

  flush(): Promise<boolean> {
    return this.#counters && this.#reporter ? this.#reporter.flush() : Promise.resolve(true);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#offExit();
    this.#counters = undefined;
    this.#connection?.close();
    const stop = this.#platform.after(CLOSE_TIMEOUT_MS, () => this.#reporter?.close());
    await Promise.all([this.#reporter?.flush(true), this.#store.save()]);
    stop();
    this.#reporter?.close();
    this.#emitter.clear();
  }

  #resolve(key: string, defaultValue: unknown, context: EvaluationContext | undefined): Resolution {
    const { state } = this.#store;
    const type = typeOf(defaultValue);
    if (typeof key !== 'string') return unresolved('', 'FLAG_NOT_FOUND', 'The key is no text.');
    if (!state) return unresolved(key, 'PROVIDER_NOT_READY', 'No flags yet.');
    if (!type) return unresolved(key, 'TYPE_MISMATCH', 'No flag is of the type of the default.');
    try {
      const own = this.#context;
      return evaluate(state, key, own ? { ...own, ...context } : (context ?? {}), type);
    } catch {
      return unresolved(key, 'GENERAL', 'The context cannot be read.');
    }
  }

  #count(resolution: Resolution): void {
    const counters = this.#counters;
    if (counters && !this.#platform.scope?.()?.takes(resolution, counters)) counters.count(resolution);
  }

  #tell(resolution: Resolution, key: string, defaultValue: unknown, context: EvaluationContext | undefined): void {
    const own = this.#context;
    const evaluation = {
      details: detailsOf(resolution, key, defaultValue),
      context: own ? { ...own, ...context } : (context ?? {}),
      flagSetId: this.#store.state?.environment,
      request: this.#platform.scope?.(),
    };
    for (const hook of this.#hooks ?? [])
      try {
        hook.afterEvaluation(evaluation);
      } catch (error) {
        this.#log('error', `a hook failed: ${error}`);
      }
  }

  #problem(message: string): void {
    if (message !== this.#lastProblem) this.#log('warn', message);
    this.#lastProblem = message;
    this.#emitter.emit('error', () => new Error(message));
  }

  #log(level: 'warn' | 'error', message: string): void {
    try {
      this.#logger?.[level](`ballast: ${message}`);
    } catch {
      // A logger of the host that fails must not harm the host.
    }
  }
}

function detailsOf(resolution: Resolution, key: string, defaultValue: unknown): Details<unknown> {
  const { variant, reason, version, metadata } = resolution;
  const value = variant === undefined ? defaultValue : resolution.value;
  const found = { key, value, variant, reason, version, flagMetadata: metadata };
  if (resolution.reason !== 'ERROR') return found;
  return { ...found, errorCode: resolution.errorCode, errorMessage: resolution.errorMessage };
}

function unresolved(flag: string, errorCode: ErrorCode, errorMessage: string): Resolution {
  return { flag, version: 0, metadata: {}, reason: 'ERROR', errorCode, errorMessage };
}
