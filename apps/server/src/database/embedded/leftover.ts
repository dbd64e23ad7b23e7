import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../startup-error.js';
import { isAlive } from './process-identity.js';

const POLL_MS = 25;
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;

/** Ends a PostgreSQL that outlived the server it belonged to (kill -9), so that the cluster can be started again. */
export async function stopLeftover(cluster: string): Promise<void> {
  const pid = await postmasterOf(cluster);
  if (pid === null) return;
  if (await stopPostmaster(pid)) return;
  throw new StartupError(`A PostgreSQL of an earlier run still uses ${cluster} (pid ${pid}) and does not stop.`);
}

/** Fast shutdown (clients are disconnected, data is flushed), then an immediate one; says whether the process ended. */
export async function stopPostmaster(pid: number): Promise<boolean> {
  return (await signalAndWait(pid, 'SIGINT', FAST_STOP_MS)) || (await signalAndWait(pid, 'SIGQUIT', IMMEDIATE_STOP_MS));
}

async function signalAndWait(pid: number, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    return !isAlive(pid);
  }
  for (let waited = 0; waited < patienceMs; waited += POLL_MS) {
    if (!isAlive(pid)) return true;
    await delay(POLL_MS);
  }
  return !isAlive(pid);
}

/** The running postmaster of this cluster. Its pid file may be stale and its number in use by a stranger, so the command line is asked too. */
async function postmasterOf(cluster: string): Promise<number | null> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return null;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command === null || command.split('\0').includes(cluster) ? pid : null;
}
