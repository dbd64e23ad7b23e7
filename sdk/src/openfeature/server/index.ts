import {
  ErrorCode,
  type EvaluationContext,
  GeneralError,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderFatalError,
  type ResolutionDetails,
  ServerProviderEvents,
  type TrackingEventDetails,
} from '@openfeature/server-sdk';
import type { Client } from '../../core/api.js';
import { createClient, type NodeClientOptions } from '../../node/index.js';
import type { ProviderOptions } from '../options.js';
import { type OpenFeatureSdk, Shell } from '../shell.js';

type Track = readonly [name: string, context: EvaluationContext, details: TrackingEventDetails];

/** What `BallastProvider` takes: everything that `createClient` of `@ballast/sdk` takes, and what is the provider's own. */
export interface BallastProviderOptions extends NodeClientOptions, ProviderOptions {
  /** Where tracked events go; without it they go nowhere. What it throws goes no further. */
  readonly onTrack?: (name: string, context: EvaluationContext, details: TrackingEventDetails) => void;
}

const NAME = { name: 'ballast' } as const;

const SDK: OpenFeatureSdk<ServerProviderEvents, ErrorCode> = {
  codes: ErrorCode,
  events: ServerProviderEvents,
  fatal: ProviderFatalError,
  failed: GeneralError,
};

/**
 * OpenFeature provider for servers: flags are streamed from Ballast and evaluated in this process. Registering it again after `onClose`
 * starts it afresh. No method but `initialize` ever throws or rejects.
 */
export class BallastProvider implements Provider {
  /** What OpenFeature calls this provider. */
  readonly metadata = NAME;
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  readonly #shell: Shell<Client, ServerProviderEvents, ErrorCode, Track>;

  constructor(options: BallastProviderOptions) {
    this.#shell = new Shell(
      SDK,
      (event, details) => this.events.emit(event, details),
      options,
      (hooks) => createClient({ ...options, hooks }),
    );
  }

  /** The Ballast client behind it, for `run` and the rest; undefined before `initialize`. */
  get client(): Client | undefined {
    return this.#shell.client;
  }

  /**
   * Starts the client and waits for its first flags. Rejects with `PROVIDER_FATAL` when the key or an option is not valid, with `GENERAL`
   * when there is no server and nothing cached; the client then goes on trying and the provider becomes ready when it can.
   */
  initialize(): Promise<void> {
    return this.#shell.start();
  }

  /** Sends what was counted and ends every timer and socket, within about two seconds; may be called again. */
  onClose(): Promise<void> {
    return this.#shell.close();
  }

  /** The value of a boolean flag, or the default with the error code in the details. */
  async resolveBooleanEvaluation(key: string, defaultValue: boolean, context: EvaluationContext): Promise<ResolutionDetails<boolean>> {
    return this.#shell.boolean(key, defaultValue, context);
  }

  /** The value of a string flag, or the default with the error code in the details. */
  async resolveStringEvaluation(key: string, defaultValue: string, context: EvaluationContext): Promise<ResolutionDetails<string>> {
    return this.#shell.string(key, defaultValue, context);
  }

  /** The value of a number flag, or the default with the error code in the details. */
  async resolveNumberEvaluation(key: string, defaultValue: number, context: EvaluationContext): Promise<ResolutionDetails<number>> {
    return this.#shell.number(key, defaultValue, context);
  }

  /** The value of an object flag, or the default, which may be any JSON value, with the error code in the details. */
  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    defaultValue: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#shell.object(key, defaultValue, context);
  }

  /** Hands a tracked event on to `onTrack`; an event without a name goes nowhere. */
  track(name: string, context: EvaluationContext = {}, details: TrackingEventDetails = {}): void {
    this.#shell.track(name, context, details);
  }
}
