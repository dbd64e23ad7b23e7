import type { ErrorCode } from '@ballast/evaluation';
import type { Client } from '../core/api.js';
import type { Hook } from '../core/hooks.js';
import type { ClientOptions } from '../core/options.js';
import { contextOf } from './context.js';
import { Lifecycle, type Signals } from './lifecycle.js';
import { Mapping, type Resolved } from './mapping.js';
import type { ProviderOptions } from './options.js';

/** What the OpenFeature SDKs for servers and for browsers each have of their own. */
export interface OpenFeatureSdk<Event, Code> {
  readonly codes: Readonly<Record<ErrorCode, Code>>;
  readonly events: { readonly [Name in 'Ready' | 'Stale' | 'Error' | 'ConfigurationChanged']: Event };
  readonly fatal: new (message: string) => Error;
  readonly failed: new (message: string) => Error;
}

/** Tells the SDK of an event. */
type Emit<Event> = (event: Event, details?: { message?: string; flagsChanged?: string[] }) => void;

/** Options of either provider; `Track` is what one tracked event comes with. */
export interface ShellOptions<Track extends readonly unknown[]> extends ClientOptions, ProviderOptions {
  readonly onTrack?: (...event: Track) => void;
}

type ContextLike = Parameters<typeof contextOf>[0];

/** All that both providers do: the one for browsers answers as it is, the one for servers in promises. */
export class Shell<C extends Client, Event, Code, Track extends readonly [name: string, ...rest: unknown[]]> {
  readonly #options: ShellOptions<Track>;
  readonly #create: (hooks: readonly Hook[]) => C;
  readonly #mapping: Mapping<Code>;
  readonly #lifecycle: Lifecycle<C>;

  constructor(sdk: OpenFeatureSdk<Event, Code>, emit: Emit<Event>, options: ShellOptions<Track>, create: (hooks: readonly Hook[]) => C) {
    this.#options = options;
    this.#create = create;
    this.#mapping = new Mapping(sdk.codes, options.metadata);
    this.#lifecycle = new Lifecycle(signalsOf(sdk, emit));
  }

  get client(): C | undefined {
    return this.#lifecycle.client;
  }

  start(): Promise<void> {
    const { hooks = [], readyTimeoutMs } = this.#options;
    return this.#lifecycle.start(() => this.#create([...hooks, this.#mapping]), readyTimeoutMs);
  }

  contextChanged(): void {
    this.#lifecycle.contextChanged();
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  boolean(key: string, defaultValue: boolean, context: ContextLike): Resolved<boolean, Code> {
    return this.#mapping.resolve(this.client, defaultValue, (client) => client.details(key, defaultValue, contextOf(context)));
  }

  string(key: string, defaultValue: string, context: ContextLike): Resolved<string, Code> {
    return this.#mapping.resolve(this.client, defaultValue, (client) => client.details(key, defaultValue, contextOf(context)));
  }

  /** A default that no flag could serve is handed back all the same. */
  number(key: string, defaultValue: number, context: ContextLike): Resolved<number, Code> {
    const servable = Number.isFinite(defaultValue) ? defaultValue : 0;
    return this.#mapping.resolve(this.client, defaultValue, (client) => client.details(key, servable, contextOf(context)));
  }

  /** The default may be any JSON value. */
  object<T>(key: string, defaultValue: T, context: ContextLike): Resolved<T, Code> {
    return this.#mapping.resolve(this.client, defaultValue, (client) => client.details(key, {}, contextOf(context)));
  }

  /** Hands a tracked event on; one without a name goes nowhere. */
  track(...event: Track): void {
    const [name] = event;
    if (typeof name !== 'string' || name === '') return;
    try {
      this.#options.onTrack?.(...event);
    } catch (error) {
      this.#options.logger?.error(`ballast: onTrack failed: ${error}`);
    }
  }
}

function signalsOf<Event, Code>({ events, fatal: Fatal, failed: Failed }: OpenFeatureSdk<Event, Code>, emit: Emit<Event>): Signals {
  return {
    ready: () => emit(events.Ready),
    stale: (message) => emit(events.Stale, { message }),
    error: (message) => emit(events.Error, { message }),
    changed: (flags) => emit(events.ConfigurationChanged, { flagsChanged: [...flags] }),
    fatal: (message) => new Fatal(message),
    failed: (message) => new Failed(message),
  };
}
