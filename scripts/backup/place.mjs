import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../step.mjs';

/** Works on the database that a server with these settings has: `DATABASE_URL`, or the embedded PostgreSQL, which is started if no server runs it. */
export async function withPlace(env, work) {
  if (env.DATABASE_URL) return await work(env.DATABASE_URL);
  const dataDir = resolve(env.BALLAST_DATA_DIR || join(root, '.ballast'));
  const running = runningUrl(dataDir);
  if (running !== null) return await work(running);
  const { startEmbeddedPostgres } = await import('../../apps/server/dist/database/index.js');
  const postgres = await startEmbeddedPostgres({ dataDir });
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}

/** Where the embedded PostgreSQL of a running server listens; null when none runs. */
function runningUrl(dataDir) {
  const pointer = join(dataDir, 'postgres.location');
  const folder = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(dataDir, 'postgres');
  const pidFile = join(folder, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  const [pid, , , port] = readFileSync(pidFile, 'utf8').split('\n');
  if (!isAlive(Number(pid))) return null;
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim();
  return `postgresql://ballast:${password}@127.0.0.1:${port.trim()}/ballast`;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
