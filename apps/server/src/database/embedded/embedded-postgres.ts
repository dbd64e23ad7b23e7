import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '../../startup-error.js';
import { type Cluster, DATABASE, openCluster } from './cluster.js';
import { clusterPlace, ownerOf } from './cluster-place.js';
import { lockDataDirectory } from './data-directory-lock.js';
import { stopLeftover, stopPostmaster } from './leftover.js';
import { postgresBinaries } from './postgres-binaries.js';
import { type PostgresUser, postgresUser } from './postgres-user.js';
import { asUser } from './run.js';

const POLL_MS = 20;
const START_MS = 60_000;

/** A real PostgreSQL of this process's own, on a loopback port, open only to who knows its password. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Folder of the cluster. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** false: writes are not flushed to disk; for tests that throw the data away. */
  readonly durable?: boolean;
  /** Where it listens; without it on any free port. */
  readonly port?: number;
}

/** Starts PostgreSQL on the data directory, making whatever is missing. It ends with this process, however this process ends. */
export async function startEmbeddedPostgres({ dataDir, durable = true, port }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const lock = await lockDataDirectory(dataDir);
  try {
    const candidate = postgresUser();
    const folder = await clusterPlace(dataDir, candidate);
    const user = await ownerOf(folder, candidate);
    const binaries = await postgresBinaries(user);
    const cluster = await openCluster({ dataDir, folder, binaries, user });
    await stopLeftover(folder);
    const running = await launch({ cluster, binaries, user, dataDir, durable, port: port ?? (await freePort()) });
    return {
      url: running.url,
      folder,
      stop: async () => {
        await running.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Launch {
  readonly cluster: Cluster;
  readonly binaries: string;
  readonly user: PostgresUser;
  readonly dataDir: string;
  readonly durable: boolean;
  readonly port: number;
}

async function launch({ cluster, binaries, user, dataDir, durable, port }: Launch): Promise<{ url: string; stop(): Promise<void> }> {
  const log = join(dataDir, 'postgres.log');
  const handle = await open(log, 'w', 0o600);
  const child = spawn(join(binaries, 'bin', 'postgres'), serverArguments(cluster.folder, port, durable), {
    ...asUser(user),
    detached: true,
    stdio: ['ignore', handle.fd, handle.fd],
  });
  const pid = await startedPid(child).finally(() => handle.close());
  const watchdog = watchOver(pid, user);
  const stop = async () => {
    await stopPostmaster(pid);
    watchdog.kill('SIGKILL');
  };
  try {
    await untilItAnswers(`postgresql://${DATABASE}:${cluster.password}@127.0.0.1:${port}/postgres`, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgresql://${DATABASE}:${cluster.password}@127.0.0.1:${port}/${DATABASE}`, stop };
}

function serverArguments(folder: string, port: number, durable: boolean): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'log_checkpoints=off',
    'timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  return ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

async function startedPid(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(new StartupError(`PostgreSQL cannot be run: ${error.message}`)));
  });
}

/** A shell that waits for the end of a pipe only this process holds, and then stops PostgreSQL: it works for kill -9 too. */
function watchOver(pid: number, user: PostgresUser): ChildProcess {
  const script = 'while read -r line; do :; done; kill -INT "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'ballast-watchdog', String(pid)], {
    ...asUser(user),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  return watchdog;
}

async function untilItAnswers(url: string, child: ChildProcess, log: string): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await prepareDatabase(url)) return;
    await delay(POLL_MS);
  }
  const said = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-2).join(' ');
  throw new StartupError(`PostgreSQL did not start: ${said} (log: ${log})`);
}

async function prepareDatabase(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
