import type { ErrorCode } from '@ballast/evaluation';
import type { Client, Details } from '../core/api.js';
import type { Evaluation } from '../core/hooks.js';
import type { ProviderOptions } from './options.js';

type Metadata = Details<unknown>['flagMetadata'];

/** Makes one kind of evaluation, with a default of the flag's type. */
export type Ask = (client: Client) => Details<unknown>;

/** What OpenFeature calls resolution details; `Code` is its own enumeration of error codes. */
export interface Resolved<T, Code> {
  readonly value: T;
  readonly variant?: string;
  readonly reason: string;
  readonly flagMetadata: Metadata;
  readonly errorCode?: Code;
  readonly errorMessage?: string;
}

/** Turns what a client answers into what OpenFeature expects. */
export class Mapping<Code> {
  readonly #codes: Readonly<Record<ErrorCode, Code>>;
  readonly #isFull: boolean;
  #flagSetId: string | undefined;

  constructor(codes: Readonly<Record<ErrorCode, Code>>, metadata: ProviderOptions['metadata']) {
    this.#codes = codes;
    this.#isFull = metadata !== 'flag-only';
  }

  /** To be given to the client as a hook, so that the set its flags are of is known. */
  afterEvaluation({ flagSetId }: Evaluation): void {
    this.#flagSetId = flagSetId;
  }

  /** Asks the client; where no variant is served, the value is the caller's default. Never throws. */
  resolve<T>(client: Client | undefined, defaultValue: T, ask: Ask): Resolved<T, Code> {
    if (client === undefined) return this.#failure(defaultValue, { code: 'PROVIDER_NOT_READY', message: 'not initialized' }, {});
    const details = ask(client);
    const flagMetadata = this.#metadataOf(details, client.revision);
    const { key, reason, errorCode, errorMessage = '' } = details;
    if (errorCode !== undefined) {
      const message = errorCode === 'FLAG_NOT_FOUND' ? `flag ${key} not found` : errorMessage;
      return this.#failure(defaultValue, { code: errorCode, message }, flagMetadata);
    }
    if (!isServed<T>(details)) return { value: defaultValue, reason, flagMetadata };
    return { value: details.value, variant: details.variant, reason, flagMetadata };
  }

  #failure<T>(
    value: T,
    { code, message }: { readonly code: ErrorCode; readonly message: string },
    flagMetadata: Metadata,
  ): Resolved<T, Code> {
    return { value, reason: 'ERROR', errorCode: this.#codes[code], errorMessage: message, flagMetadata };
  }

  /** What the flag says itself comes on top. */
  #metadataOf({ version, flagMetadata }: Details<unknown>, revision: number | undefined): Metadata {
    if (!this.#isFull || this.#flagSetId === undefined) return flagMetadata;
    return { flagSetId: this.#flagSetId, version: String(version || revision), ...flagMetadata };
  }
}

/** Whether a variant is served: the engine has then made sure that its value is of the type that was asked for. */
function isServed<T>(details: Details<unknown>): details is Details<T> & { readonly variant: string } {
  return details.variant !== undefined;
}
