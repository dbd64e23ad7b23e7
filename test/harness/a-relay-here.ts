import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../apps/relay/src/clock.js';
import { relayLog } from '../../apps/relay/src/log.js';
import { Relay } from '../../apps/relay/src/relay.js';
import { readSettings } from '../../apps/relay/src/settings.js';

/** A relay in this process. */
export interface TestRelay {
  readonly url: string;
  readonly dataDir: string;
  /** What it logged. */
  readonly lines: readonly string[];
  /** Stops it; its folder is left. */
  stop(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** What a relay in this process is started with. */
export interface RelayHereOptions {
  readonly upstreamUrl: string;
  readonly key: string;
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Partial<Clock>;
}

/** Starts a relay on a port and in a folder of its own; does not wait until it is ready. */
export async function aRelayHere({ upstreamUrl, key, dataDir, env = {}, clock = {} }: RelayHereOptions): Promise<TestRelay> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'ballast-relay-')));
  const lines: string[] = [];
  const settings = readSettings({
    BALLAST_UPSTREAM_URL: upstreamUrl,
    BALLAST_RELAY_KEY: key,
    BALLAST_DATA_DIR: folder,
    BALLAST_STALE_AFTER_SECONDS: '1',
    PORT: '0',
    ...env,
  });
  const time = { ...systemClock, ...clock };
  const log = relayLog(settings.logLevel, (line) => lines.push(line), time.now);
  const relay = new Relay({ settings, clock: time, log, version: '0.0.0' });
  const url = await relay.start();
  const stop = () => relay.stop();
  return { url, dataDir: folder, lines, stop, remove: () => stop().finally(() => rm(folder, { recursive: true, force: true })) };
}
