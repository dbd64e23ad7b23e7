import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './a-server-process.js';
import { api } from './api.js';
import { freePort } from './free-port.js';

/** What a relay is started with. */
export interface RelayProcessOptions {
  /** The server, or the relay, that it speaks for. */
  readonly upstreamUrl: string;
  /** A key of the kind `relay`; `aRelayKey` makes one. */
  readonly key: string;
  /** Where its snapshot is kept; a folder of its own by default. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded first. */
  readonly preload?: readonly string[];
}

/** Starts a relay as a process of its own and waits until it is ready; it may be killed and started again on the same port. */
export async function aRelay({ upstreamUrl, key, dataDir, env = {}, preload = [] }: RelayProcessOptions): Promise<ServerProcess> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'ballast-relay-')));
  const relay = { BALLAST_UPSTREAM_URL: upstreamUrl, BALLAST_RELAY_KEY: key, BALLAST_STALE_AFTER_SECONDS: '1', ...env };
  const options = { databaseUrl: '', program: 'apps/relay/dist/main.js', env: relay, preload };
  return new ServerProcess(await freePort(), folder, options).start();
}

/** Makes a relay's key for `default/development`. */
export async function aRelayKey(server: { readonly url: string; readonly adminToken: string }, name = 'a relay'): Promise<string> {
  const path = '/api/v1/projects/default/environments/development/keys';
  const { status, body } = await api(server).post(path, { name, kind: 'relay' });
  if (status !== 201) throw new Error(`no relay key: ${status} ${JSON.stringify(body)}`);
  return String(body.secret);
}
