import type { UpstreamAnswer } from './counter-forwarder.js';

const SNAPSHOT_TIMEOUT_MS = 30_000;
const TELEMETRY_TIMEOUT_MS = 10_000;

/** The HTTP doors of upstream. */
export class UpstreamHttp {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** Both views at one revision, parsed but not verified. */
  async fetchPair(): Promise<unknown> {
    const response = await fetch(`${this.#url}/sdk/v1/relay/snapshot`, {
      headers: { authorization: `Bearer ${this.#key}` },
      signal: AbortSignal.timeout(SNAPSHOT_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`upstream answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  }

  /** Hands batches of counters over; status 0 when nothing usable came back. */
  async postBatches(gzipped: Buffer): Promise<UpstreamAnswer> {
    try {
      const response = await fetch(`${this.#url}/sdk/v1/relay/telemetry`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: new Uint8Array(gzipped),
        signal: AbortSignal.timeout(TELEMETRY_TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, body: response.status === 200 ? JSON.parse(text) : undefined };
    } catch {
      return { status: 0, body: undefined };
    }
  }
}
