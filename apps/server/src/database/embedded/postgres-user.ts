import { execFileSync } from 'node:child_process';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from '../../startup-error.js';

/** Whom PostgreSQL runs as. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
  /** The server runs as root, so this is somebody else. */
  readonly isOther: boolean;
}

const READ_AND_ENTER = 0o5;
const ENTER = 0o1;

/** PostgreSQL refuses to run as root; then it runs as `postgres`, or as `nobody` where there is no such user. */
export function postgresUser(): PostgresUser {
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? -1, isOther: false };
  const found = idsOf('postgres') ?? idsOf('nobody');
  if (found === null) throw new StartupError('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it as.');
  return { ...found, isOther: true };
}

function idsOf(name: string): { uid: number; gid: number } | null {
  try {
    const ask = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return null;
  }
}

/** Whether the permission bits of one file give the user all of `wanted` (octal digit: 4 read, 2 write, 1 enter). */
export function allows(stats: Pick<Stats, 'uid' | 'gid' | 'mode'>, user: PostgresUser, wanted: number): boolean {
  if (stats.uid === user.uid) return ((stats.mode >> 6) & wanted) === wanted;
  if (stats.gid === user.gid) return ((stats.mode >> 3) & wanted) === wanted;
  return (stats.mode & wanted) === wanted;
}

/** Whether the user can enter a folder and every folder above it. */
export async function canReach(folder: string, user: PostgresUser): Promise<boolean> {
  if (!user.isOther) return true;
  for (let at = folder; ; at = dirname(at)) {
    if (!allows(await stat(at), user, ENTER)) return false;
    if (at === dirname(at)) return true;
  }
}

/** Whether the user can read and run (or list) this very file or folder. */
export async function canUse(path: string, user: PostgresUser): Promise<boolean> {
  return !user.isOther || allows(await stat(path), user, READ_AND_ENTER);
}
