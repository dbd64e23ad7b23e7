import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../startup-error.js';
import { isAlive, processIdentity } from './process-identity.js';

/** One server per data directory: held from before Postgres starts until after it has ended. */
export interface DataDirectoryLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly identity: string | null;
}

/** Takes the directory for this process, or says who has it. A lock left by a dead process is taken over. */
export async function lockDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 }).catch((error: Error) => {
    throw new StartupError(`The data directory ${dataDir} cannot be made: ${error.message}`);
  });
  const file = join(dataDir, 'server.lock');
  const mine = JSON.stringify({ pid: process.pid, identity: await processIdentity(process.pid) });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await createOnce(file, mine)) return { release: () => rm(file, { force: true }) };
    const holder = await readHolder(file);
    if (holder !== null && (await stillRuns(holder))) {
      throw new StartupError(
        `The data directory ${dataDir} is in use by another server (pid ${holder.pid}); stop it or set BALLAST_DATA_DIR.`,
      );
    }
    await setAside(file);
  }
  throw new StartupError(`The data directory ${dataDir} is being taken by another server that starts at this moment.`);
}

async function createOnce(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new StartupError(`The data directory cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('pid' in parsed) || typeof parsed.pid !== 'number') return null;
    return { pid: parsed.pid, identity: 'identity' in parsed && typeof parsed.identity === 'string' ? parsed.identity : null };
  } catch {
    return null;
  }
}

async function stillRuns(holder: Holder): Promise<boolean> {
  if (!isAlive(holder.pid)) return false;
  const identity = await processIdentity(holder.pid);
  return holder.identity === null || identity === null || identity === holder.identity;
}

/** A rename succeeds for one of several starters only, so that none removes a lock another has just made. */
async function setAside(file: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  await rm(aside, { force: true });
}
