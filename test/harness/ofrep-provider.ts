import {
  handleEvaluationError,
  OFREPApi,
  OFREPApiUnauthorizedError,
  OFREPForbiddenError,
  toResolutionDetails,
} from '@openfeature/ofrep-core';
import {
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderFatalError,
  type ResolutionDetails,
  ServerProviderEvents,
  type TrackingEventDetails,
} from '@openfeature/server-sdk';
import { EventSource } from 'eventsource';

/** A server provider over OpenFeature's own OFREP client, as thin as it can be: every evaluation is one request. */
export class OfrepProvider implements Provider {
  readonly metadata = { name: 'ofrep' };
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  readonly #api: OFREPApi;
  readonly #url: string;
  readonly #onTrack: (name: string, context: EvaluationContext, details: TrackingEventDetails) => void;
  #source: EventSource | undefined;

  constructor(url: string, key: string, onTrack: (...event: [string, EvaluationContext, TrackingEventDetails]) => void = () => undefined) {
    this.#url = url;
    this.#api = new OFREPApi({ baseUrl: url, headers: [['Authorization', `Bearer ${key}`]] });
    this.#onTrack = onTrack;
  }

  async initialize(): Promise<void> {
    const { value } = await this.#api.postBulkEvaluateFlags({ context: {} }).catch((error: unknown) => {
      const isRefused = error instanceof OFREPApiUnauthorizedError || error instanceof OFREPForbiddenError;
      throw isRefused ? new ProviderFatalError('refused') : error;
    });
    const [stream] = value !== undefined && 'eventStreams' in value ? (value.eventStreams ?? []) : [];
    const source = new EventSource(new URL(stream?.endpoint?.requestUri ?? '', this.#url));
    source.addEventListener('error', () => this.events.emit(ServerProviderEvents.Stale));
    source.addEventListener('open', () => this.events.emit(ServerProviderEvents.Ready));
    source.addEventListener('message', () => this.events.emit(ServerProviderEvents.ConfigurationChanged));
    this.#source = source;
  }

  async onClose(): Promise<void> {
    this.#source?.close();
    this.#api.close();
  }

  resolveBooleanEvaluation(key: string, defaultValue: boolean, context: EvaluationContext): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(key, defaultValue, context);
  }

  resolveStringEvaluation(key: string, defaultValue: string, context: EvaluationContext): Promise<ResolutionDetails<string>> {
    return this.#resolve(key, defaultValue, context);
  }

  resolveNumberEvaluation(key: string, defaultValue: number, context: EvaluationContext): Promise<ResolutionDetails<number>> {
    return this.#resolve(key, defaultValue, context);
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext): Promise<ResolutionDetails<T>> {
    return this.#resolve(key, defaultValue, context);
  }

  track(name: string, context: EvaluationContext = {}, details: TrackingEventDetails = {}): void {
    if (typeof name === 'string' && name !== '') this.#onTrack(name, context, details);
  }

  async #resolve<T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext): Promise<ResolutionDetails<T>> {
    const { value } = await this.#api.postEvaluateFlag(key, { context });
    return 'errorCode' in value ? handleEvaluationError(value, defaultValue) : toResolutionDetails(value, defaultValue);
  }
}
