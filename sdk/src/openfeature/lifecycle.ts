import type { Client } from '../core/api.js';

const READY_TIMEOUT_MS = 5_000;

/** What the client's `error` event says when the key is not, or no longer, valid. */
const REVOKED = 'revoked';

/** How an OpenFeature SDK is told what happens to the client, and with which errors `initialize` fails. */
export interface Signals {
  ready(): void;
  stale(message: string): void;
  error(message: string): void;
  changed(flags: readonly string[]): void;
  /** Nothing will mend it. */
  fatal(message: string): Error;
  /** It may mend. */
  failed(message: string): Error;
}

/** What the SDK was told last; `starting`: it finds out itself, when `initialize` settles. */
type Told = 'starting' | 'ready' | 'stale' | 'error' | 'closed';

/** Leads one client at a time from `initialize` to `onClose`, and tells the OpenFeature SDK how it fares. */
export class Lifecycle<C extends Client> {
  readonly #signals: Signals;
  #client: C | undefined;
  #told: Told = 'closed';
  #isRevoked = false;

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  /** The client; undefined until `start`. */
  get client(): C | undefined {
    return this.#client;
  }

  /** Settles when the client serves flags; rejects when its key or its options are not valid, or when there are no flags after the time. */
  async start(create: () => C, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    await this.close();
    const client = create();
    this.#client = client;
    this.#told = 'starting';
    this.#isRevoked = false;
    this.#follow(client);
    const status = await client.ready({ timeoutMs });
    await turn();
    if (this.#isRevoked || status === 'closed') {
      await this.close();
      throw this.#signals.fatal(this.#isRevoked ? 'the SDK key is not valid' : 'the url or the key is not valid');
    }
    this.#told = client.revision === undefined ? 'error' : 'ready';
    if (client.revision === undefined) throw this.#signals.failed('the server cannot be reached');
    void turn().then(() => this.#tellStale(client));
  }

  /** To be called when the SDK takes the provider for ready because its context changed. */
  contextChanged(): void {
    const { client } = this;
    const before = this.#told;
    if (client === undefined || (before !== 'stale' && before !== 'error')) return;
    this.#told = 'ready';
    void turn().then(() => {
      if (this.#isRevoked) this.#tellError();
      else this.#tellStale(client);
    });
  }

  /** Ends the client after it has sent its counts; may be called at any time, and again. */
  close(): Promise<void> {
    this.#told = 'closed';
    return this.#client?.close() ?? Promise.resolve();
  }

  #follow(client: C): void {
    client.on('ready', () => {
      if (this.#told !== 'stale' && this.#told !== 'error') return;
      this.#told = 'ready';
      this.#signals.ready();
    });
    client.on('stale', () => this.#tellStale(client));
    client.on('configurationChanged', ({ keys }) => {
      if (this.#told !== 'starting' && this.#told !== 'closed') this.#signals.changed(keys);
    });
    client.on('error', ({ message }) => {
      if (message !== REVOKED) return;
      this.#isRevoked = true;
      this.#tellError();
    });
  }

  #tellStale(client: C): void {
    if (this.#told !== 'ready' || client.status !== 'stale') return;
    this.#told = 'stale';
    this.#signals.stale('the server cannot be reached; the last known good is served');
  }

  #tellError(): void {
    if (this.#told !== 'ready' && this.#told !== 'stale') return;
    this.#told = 'error';
    this.#signals.error('the SDK key is no longer valid; the last known good is served');
  }
}

/** The event loop's next turn: every listener and every promise that was due has then had its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
