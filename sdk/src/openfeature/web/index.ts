import {
  ClientProviderEvents,
  ErrorCode,
  type EvaluationContext,
  GeneralError,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderFatalError,
  type ResolutionDetails,
  type TrackingEventDetails,
} from '@openfeature/web-sdk';
import { type BrowserClientOptions, createClient } from '../../browser/index.js';
import type { BrowserClient } from '../../core/api.js';
import { contextOf } from '../context.js';
import { Lifecycle, type Signals } from '../lifecycle.js';
import { type Ask, Mapping } from '../mapping.js';
import type { ProviderOptions } from '../options.js';

/**
 * What `BallastWebProvider` takes: what `createClient` of `@ballast/sdk` takes but the context, which is OpenFeature's, and what is the
 * provider's own.
 */
export interface BallastWebProviderOptions extends Omit<BrowserClientOptions, 'context'>, ProviderOptions {
  /** Where tracked events go; without it they go nowhere. What it throws goes no further. */
  readonly onTrack?: (name: string, context: EvaluationContext, details: TrackingEventDetails) => void;
}

const NAME = { name: 'ballast' } as const;

/**
 * OpenFeature provider for browsers: flags are streamed from Ballast and evaluated in the page, at once and for the context of the moment;
 * nothing is reconciled when the context changes. Registering it again after `onClose`
 * starts it afresh. No method but `initialize` ever throws or rejects.
 */
export class BallastWebProvider implements Provider {
  /** What OpenFeature calls this provider. */
  readonly metadata = NAME;
  readonly runsOn = 'client';
  readonly events = new OpenFeatureEventEmitter();
  readonly #options: BallastWebProviderOptions;
  readonly #mapping: Mapping<ErrorCode>;
  readonly #lifecycle = new Lifecycle<BrowserClient>(this.#signals());

  constructor(options: BallastWebProviderOptions) {
    this.#options = options;
    this.#mapping = new Mapping(ErrorCode, options.metadata);
  }

  /** The Ballast client behind it, for `run` and the rest; undefined before `initialize`. */
  get client(): BrowserClient | undefined {
    return this.#lifecycle.client;
  }

  /**
   * Starts the client and waits for its first flags. Rejects with `PROVIDER_FATAL` when the key or an option is not valid, with `GENERAL`
   * when there is no server and nothing cached; the client then goes on trying and the provider becomes ready when it can.
   */
  initialize(): Promise<void> {
    const { metadata: _metadata, readyTimeoutMs, onTrack: _onTrack, hooks = [], ...options } = this.#options;
    return this.#lifecycle.start(() => createClient({ ...options, hooks: [...hooks, this.#mapping] }), readyTimeoutMs);
  }

  /** Needs no time: every evaluation brings its context along. */
  onContextChange(): void {
    this.#lifecycle.contextChanged();
  }

  /** Sends what was counted and ends every timer and socket, within about two seconds; may be called again. */
  onClose(): Promise<void> {
    return this.#lifecycle.close();
  }

  /** The value of a boolean flag, or the default with the error code in the details. */
  resolveBooleanEvaluation(key: string, defaultValue: boolean, context: EvaluationContext): ResolutionDetails<boolean> {
    return this.#resolve(defaultValue, (client) => client.details(key, defaultValue, contextOf(context)));
  }

  /** The value of a string flag, or the default with the error code in the details. */
  resolveStringEvaluation(key: string, defaultValue: string, context: EvaluationContext): ResolutionDetails<string> {
    return this.#resolve(defaultValue, (client) => client.details(key, defaultValue, contextOf(context)));
  }

  /** The value of a number flag, or the default with the error code in the details. */
  resolveNumberEvaluation(key: string, defaultValue: number, context: EvaluationContext): ResolutionDetails<number> {
    return this.#resolve(defaultValue, (client) =>
      client.details(key, Number.isFinite(defaultValue) ? defaultValue : 0, contextOf(context)),
    );
  }

  /** The value of an object flag, or the default, which may be any JSON value, with the error code in the details. */
  resolveObjectEvaluation<T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext): ResolutionDetails<T> {
    return this.#resolve(defaultValue, (client) => client.details(key, {}, contextOf(context)));
  }

  /** Hands a tracked event on to `onTrack`; an event without a name goes nowhere. */
  track(name: string, context: EvaluationContext = {}, details: TrackingEventDetails = {}): void {
    if (typeof name !== 'string' || name === '') return;
    try {
      this.#options.onTrack?.(name, context, details);
    } catch (error) {
      this.#options.logger?.error(`ballast: onTrack failed: ${error}`);
    }
  }

  #resolve<T>(defaultValue: T, ask: Ask): ResolutionDetails<T> {
    return this.#mapping.resolve(this.client, defaultValue, ask);
  }

  #signals(): Signals {
    return {
      ready: () => this.events.emit(ClientProviderEvents.Ready),
      stale: (message) => this.events.emit(ClientProviderEvents.Stale, { message }),
      error: (message) => this.events.emit(ClientProviderEvents.Error, { message }),
      changed: (flags) => this.events.emit(ClientProviderEvents.ConfigurationChanged, { flagsChanged: [...flags] }),
      fatal: (message) => new ProviderFatalError(message),
      failed: (message) => new GeneralError(message),
    };
  }
}
