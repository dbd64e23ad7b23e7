import { type ErrorCode, type EvaluationContext, typeOf } from '@ballast/evaluation';
import type { BrowserClient, ClientStatus, Details } from '../core/api.js';
import { type ClientNews, Emitter, type EventName, type Listener } from '../core/events.js';
import type { Insights, TrackOptions } from '../core/insights.js';
import { type Branches, type RunOptions, runBranch } from '../core/run.js';

interface Counted {
  exposures: number;
  ok: number;
  err: number;
}

/** An event that code under test has tracked. */
export interface TrackedEvent {
  /** Its name. */
  readonly event: string;
  /** The client's context and the call's together. */
  readonly context: EvaluationContext;
  /** 0 when there was none. */
  readonly value: number;
}

type Origin = Pick<Details<unknown>, 'key' | 'version' | 'flagMetadata'>;

/** Answers from overrides; see `createTestClient`. */
export class InMemoryClient implements BrowserClient, Insights {
  readonly #emitter = new Emitter((error) => {
    throw error;
  });
  readonly #overrides = new Map<string, { readonly override: unknown; readonly version: number }>();
  readonly #counts = new Map<string, Counted>();
  #events: TrackedEvent[] = [];
  #context: EvaluationContext;
  #revision = 1;
  #status: ClientStatus = 'ready';

  constructor(overrides: readonly (readonly [string, unknown])[], context: EvaluationContext = {}) {
    for (const [key, override] of overrides) this.#overrides.set(key, { override, version: 1 });
    this.#context = context;
  }

  get status(): ClientStatus {
    return this.#status;
  }

  get revision(): number {
    return this.#revision;
  }

  ready(): Promise<ClientStatus> {
    return Promise.resolve(this.#status);
  }

  value(key: string, defaultValue: boolean, context?: EvaluationContext): boolean;
  value(key: string, defaultValue: string, context?: EvaluationContext): string;
  value(key: string, defaultValue: number, context?: EvaluationContext): number;
  value<T>(key: string, defaultValue: T, context?: EvaluationContext): T;
  value(key: string, defaultValue: unknown, context?: EvaluationContext): unknown {
    return this.details(key, defaultValue, context).value;
  }

  details(key: string, defaultValue: boolean, context?: EvaluationContext): Details<boolean>;
  details(key: string, defaultValue: string, context?: EvaluationContext): Details<string>;
  details(key: string, defaultValue: number, context?: EvaluationContext): Details<number>;
  details<T>(key: string, defaultValue: T, context?: EvaluationContext): Details<T>;
  details(key: string, defaultValue: unknown, context?: EvaluationContext): Details<unknown> {
    this.#countsOf(key).exposures++;
    return this.#resolve(key, defaultValue, context);
  }

  run<On, Off>(key: string, context: EvaluationContext, branches: Branches<On, Off>, options?: RunOptions): On | Off;
  run(key: string, context: EvaluationContext, { on, off }: Branches<unknown, unknown>, options?: RunOptions): unknown {
    const isOn = this.details(key, false, context).value;
    return runBranch({
      branch: isOn ? on : off,
      rescue: isOn && options?.fallback === 'off' ? off : undefined,
      elapsed: () => 0,
      report: (ok) => {
        this.#countsOf(key)[ok ? 'ok' : 'err']++;
      },
    });
  }

  track(event: string, context?: EvaluationContext, { value = 0 }: TrackOptions = {}): void {
    this.#events.push({ event, context: { ...this.#context, ...context }, value });
  }

  /** There is no server to tell: a test looks at the code itself. */
  count(): void {}

  events(): readonly TrackedEvent[] {
    return this.#events;
  }

  on<Name extends EventName>(event: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(event, listener);
  }

  setContext(context: EvaluationContext): void {
    this.#context = context;
    this.#emitter.emit('contextChanged', () => context);
  }

  set(key: string, override: unknown): void {
    this.#overrides.set(key, { override, version: this.#revision + 1 });
    this.#changed(key);
  }

  unset(key: string): void {
    this.#overrides.delete(key);
    this.#changed(key);
  }

  setStatus(status: 'ready' | 'stale'): void {
    if (this.#status === 'closed') return;
    this.#status = status;
    const news = this.#news();
    this.#emitter.emit(status, () => news);
  }

  counts(key: string): Readonly<Counted> {
    return { exposures: 0, ok: 0, err: 0, ...this.#counts.get(key) };
  }

  resetCounts(): void {
    this.#counts.clear();
    this.#events = [];
  }

  flush(): Promise<boolean> {
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    this.#status = 'closed';
    this.#emitter.clear();
    return Promise.resolve();
  }

  #changed(key: string): void {
    this.#revision++;
    const news = this.#news(key);
    this.#emitter.emit('configurationChanged', () => news);
  }

  #news(...keys: readonly string[]): ClientNews {
    return { revision: this.#revision, cached: false, keys };
  }

  #countsOf(key: string): Counted {
    const known = this.#counts.get(key);
    if (known) return known;
    const counted = { exposures: 0, ok: 0, err: 0 };
    this.#counts.set(key, counted);
    return counted;
  }

  #resolve(key: string, defaultValue: unknown, context: EvaluationContext | undefined): Details<unknown> {
    const found = this.#overrides.get(key);
    const origin = { key, version: found?.version ?? 0, flagMetadata: {} };
    if (!found) return failed(origin, defaultValue, 'FLAG_NOT_FOUND');
    const { override } = found;
    const isComputed = typeof override === 'function';
    const value: unknown = isComputed ? override({ ...this.#context, ...context }) : override;
    if (value === undefined) return { ...origin, value: defaultValue, reason: 'DEFAULT' };
    if (typeOf(value) !== typeOf(defaultValue)) return failed(origin, defaultValue, 'TYPE_MISMATCH');
    return { ...origin, value, variant: variantOf(value), reason: isComputed ? 'TARGETING_MATCH' : 'STATIC' };
  }
}

function variantOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return 'override';
}

function failed(origin: Origin, value: unknown, errorCode: ErrorCode): Details<unknown> {
  return { ...origin, value, reason: 'ERROR', errorCode, errorMessage: `The test has no ${typeOf(value)} for ${origin.key}` };
}
