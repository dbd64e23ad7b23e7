/** What a provider takes beside the options of its client. */
export interface ProviderOptions {
  /** `flag-only`: resolutions carry the flag's own metadata alone, without `flagSetId` and `version`. Default: `full`. */
  readonly metadata?: 'full' | 'flag-only';
  /** How long `initialize` waits for the first answer of the server, in milliseconds. Default: 5 000. */
  readonly readyTimeoutMs?: number;
}
