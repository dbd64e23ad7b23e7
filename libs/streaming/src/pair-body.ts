import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SnapshotBody } from './snapshot-body.js';
import type { SnapshotSource } from './snapshot-source.js';

const compress = promisify(gzip);

/** Both views of an environment at one revision as bytes, shared by all relays that ask. */
export class PairBody {
  readonly revision: number;
  readonly json: Buffer;
  #gzip: Promise<Buffer> | undefined;

  constructor(environmentId: string, server: SnapshotBody, client: SnapshotBody) {
    this.revision = server.revision;
    const parts = [`{"environmentId":${JSON.stringify(environmentId)},"server":`, server.json, ',"client":', client.json, '}'];
    this.json = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  }

  /** The compressed bytes, made on the first call. */
  gzip(): Promise<Buffer> {
    this.#gzip ??= compress(this.json);
    return this.#gzip;
  }
}

/** Makes each environment's pair once per revision. */
export class PairBodies {
  readonly #source: SnapshotSource;
  readonly #kept = new Map<string, { readonly server: SnapshotBody; readonly client: SnapshotBody; readonly pair: PairBody }>();

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  /** Both views as they are held now; undefined before they are loaded. */
  of(environmentId: string): PairBody | undefined {
    const server = this.#source.body(environmentId, 'server');
    const client = this.#source.body(environmentId, 'client');
    if (server === undefined || client === undefined || server.revision !== client.revision) return undefined;
    const kept = this.#kept.get(environmentId);
    if (kept?.server === server && kept.client === client) return kept.pair;
    const pair = new PairBody(environmentId, server, client);
    this.#kept.set(environmentId, { server, client, pair });
    return pair;
  }
}
