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
import type { ProviderOptions } from '../options.js';
import { type OpenFeatureSdk, Shell } from '../shell.js';

type Emitted = Parameters<OpenFeatureEventEmitter['emit']>[0];
type Track = readonly [name: string, context: EvaluationContext, details: TrackingEventDetails];

/**
 * What `BallastWebProvider` takes: what `createClient` of `@ballast/sdk` takes but the context, which is OpenFeature's, and what is the
 * provider's own.
 */
export interface BallastWebProviderOptions extends Omit<BrowserClientOptions, 'context'>, ProviderOptions {
  /** Where tracked events go; without it they go nowhere. What it throws goes no further. */
  readonly onTrack?: (name: string, context: EvaluationContext, details: TrackingEventDetails) => void;
}

const NAME = { name: 'ballast' } as const;

const SDK: OpenFeatureSdk<Emitted, ErrorCode> = {
  codes: ErrorCode,
  events: ClientProviderEvents,
  fatal: ProviderFatalError,
  failed: GeneralError,
};

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
  readonly #shell: Shell<BrowserClient, Emitted, ErrorCode, Track>;

  constructor(options: BallastWebProviderOptions) {
    this.#shell = new Shell(
      SDK,
      (event, details) => this.events.emit(event, details),
      options,
      (hooks) => createClient({ ...options, hooks }),
    );
  }

  /** The Ballast client behind it, for `run` and the rest; undefined before `initialize`. */
  get client(): BrowserClient | undefined {
    return this.#shell.client;
  }

  /**
   * Starts the client and waits for its first flags. Rejects with `PROVIDER_FATAL` when the key or an option is not valid, with `GENERAL`
   * when there is no server and nothing cached; the client then goes on trying and the provider becomes ready when it can.
   */
  initialize(): Promise<void> {
    return this.#shell.start();
  }

  /** Needs no time: every evaluation brings its context along. */
  onContextChange(): void {
    this.#shell.contextChanged();
  }

  /** Sends what was counted and ends every timer and socket, within about two seconds; may be called again. */
  onClose(): Promise<void> {
    return this.#shell.close();
  }

  /** The value of a boolean flag, or the default with the error code in the details. */
  resolveBooleanEvaluation(key: string, defaultValue: boolean, context: EvaluationContext): ResolutionDetails<boolean> {
    return this.#shell.boolean(key, defaultValue, context);
  }

  /** The value of a string flag, or the default with the error code in the details. */
  resolveStringEvaluation(key: string, defaultValue: string, context: EvaluationContext): ResolutionDetails<string> {
    return this.#shell.string(key, defaultValue, context);
  }

  /** The value of a number flag, or the default with the error code in the details. */
  resolveNumberEvaluation(key: string, defaultValue: number, context: EvaluationContext): ResolutionDetails<number> {
    return this.#shell.number(key, defaultValue, context);
  }

  /** The value of an object flag, or the default, which may be any JSON value, with the error code in the details. */
  resolveObjectEvaluation<T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext): ResolutionDetails<T> {
    return this.#shell.object(key, defaultValue, context);
  }

  /** Hands a tracked event on to `onTrack`; an event without a name goes nowhere. */
  track(name: string, context: EvaluationContext = {}, details: TrackingEventDetails = {}): void {
    this.#shell.track(name, context, details);
  }
}
