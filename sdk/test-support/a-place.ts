import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Client } from '../src/core/api.js';
import { createClient, type NodeClientOptions } from '../src/node/index.js';
import { aFlag, aSnapshot, KEY, TestServer } from './a-server.js';

/** What every test of a file finds anew: a server that serves `new-checkout`, and an empty folder. */
export class Place {
  server = new TestServer(aSnapshot([]));
  directory = '';
  readonly #clients: Client[] = [];

  /** A silent client of the server that keeps what it knows in the folder; it ends with the test. */
  aClient(options: Partial<NodeClientOptions> = {}): Client {
    const { directory, server } = this;
    return this.ends(createClient({ url: server.url, key: KEY, logger: null, cache: { directory }, flushOnExit: false, ...options }));
  }

  /** Has a client end with the test. */
  ends<C extends Client>(client: C): C {
    this.#clients.push(client);
    return client;
  }

  async open(): Promise<void> {
    this.directory = mkdtempSync(join(tmpdir(), 'ballast-sdk-spec-'));
    this.server = await new TestServer(aSnapshot([aFlag('new-checkout', 'on')])).start();
  }

  async clear(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await this.server.stop();
    rmSync(this.directory, { recursive: true });
  }
}

/** Makes a place before each test, and clears it away afterwards. */
export function aPlace(): Place {
  const place = new Place();
  beforeEach(() => place.open());
  afterEach(() => place.clear());
  return place;
}
