import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../startup-error.js';
import type { PostgresUser } from './postgres-user.js';
import { run } from './run.js';

/** Name of the database and of its owner in the embedded PostgreSQL. */
export const DATABASE = 'ballast';

export interface Cluster {
  readonly folder: string;
  readonly password: string;
}

interface Made {
  readonly dataDir: string;
  readonly folder: string;
  readonly binaries: string;
  readonly user: PostgresUser;
}

/** Finds the cluster or makes it; one that was begun and not finished is begun anew. */
export async function openCluster(made: Made): Promise<Cluster> {
  const passwordFile = join(made.dataDir, 'postgres.password');
  if (!existsSync(join(made.folder, 'PG_VERSION'))) return await makeCluster(made, passwordFile);
  await checkVersion(made);
  const password = await readFile(passwordFile, 'utf8').catch((error: Error) => {
    throw new StartupError(`The password of the database in ${made.folder} cannot be read: ${error.message}`);
  });
  return { folder: made.folder, password: password.trim() };
}

async function checkVersion({ folder, binaries }: Made): Promise<void> {
  const found = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  const sample = await readFile(join(binaries, 'share', 'postgresql', 'postgres.bki'), 'utf8').catch(() =>
    readFile(join(binaries, 'share', 'postgres.bki'), 'utf8'),
  );
  const ours = /^# PostgreSQL (\d+)/.exec(sample)?.[1] ?? found;
  if (found !== ours) {
    throw new StartupError(
      `The database in ${folder} was made by PostgreSQL ${found}; this release brings ${ours}. Dump it with the old release or set BALLAST_DATA_DIR.`,
    );
  }
}

async function makeCluster({ folder, binaries, user }: Made, passwordFile: string): Promise<Cluster> {
  const password = randomBytes(24).toString('base64url');
  const fresh = `${folder}.new`;
  const passwordForInit = `${folder}.password`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await rm(passwordForInit, { force: true });
  await writeFile(passwordForInit, password, { mode: 0o600, flag: 'wx' });
  if (user.isOther) await Promise.all([chown(fresh, user.uid, user.gid), chown(passwordForInit, user.uid, user.gid)]);
  try {
    await run(join(binaries, 'bin', 'initdb'), initArguments(fresh, passwordForInit), user);
  } finally {
    await rm(passwordForInit, { force: true });
  }
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await rename(fresh, folder);
  return { folder, password };
}

function initArguments(folder: string, passwordFile: string): string[] {
  return [
    `--pgdata=${folder}`,
    `--username=${DATABASE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
}
