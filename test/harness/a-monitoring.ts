import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { until } from './until.js';

const PATIENCE_MS = 60_000;

/** A program of Debian that serves HTTP from a folder of its own. */
export interface Monitoring {
  readonly url: string;
  /** Where its files are. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** What to start, and with which files in its folder. */
interface Recipe {
  readonly program: string;
  readonly files: Readonly<Record<string, string>>;
  readonly args: (folder: string, port: number) => readonly string[];
}

/** Whether a Debian package is installed, by a program of it. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Starts Prometheus with this configuration and these files beside it. */
export function aPrometheus(files: Readonly<Record<string, string>> & { readonly 'prometheus.yml': string }): Promise<Monitoring> {
  return start({
    program: 'prometheus',
    files,
    args: (folder, port) => [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
}

/** Starts an Alertmanager that tells nobody. */
export function anAlertmanager(): Promise<Monitoring> {
  return start({
    program: 'prometheus-alertmanager',
    files: { 'config.yml': 'route: { receiver: nobody, group_wait: 0s }\nreceivers: [{ name: nobody }]\n' },
    args: (folder, port) => [
      `--config.file=${join(folder, 'config.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
  });
}

async function start({ program, files, args }: Recipe): Promise<Monitoring> {
  const folder = await mkdtemp(join(tmpdir(), `ballast-${program}-`));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const port = await freePort();
  const child = spawn(program, args(folder, port), { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true });
  };
  try {
    await until(
      () => isReady(url, child),
      (ready) => ready,
      PATIENCE_MS,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, folder, stop };
}

async function isReady(url: string, { exitCode }: ChildProcess): Promise<boolean> {
  if (exitCode !== null) throw new Error(`it ended with ${exitCode}`);
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

/** One series that a query of Prometheus gave. */
export interface Queried {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asks Prometheus at this moment; throws what it says is wrong with the query. */
export async function queried({ url }: Monitoring, query: string): Promise<readonly Queried[]> {
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  const found: { metric: Record<string, string>; value: [number, string] }[] = answer.data.result;
  return found.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}
