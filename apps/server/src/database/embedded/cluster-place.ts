import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canReach, type PostgresUser } from './postgres-user.js';
import { SYSTEM_FOLDER } from './system-folder.js';

/** Folder of the database cluster: in the data directory, or, where PostgreSQL's user cannot enter that, in a place named by a pointer file. */
export async function clusterPlace(dataDir: string, user: PostgresUser): Promise<string> {
  const pointer = join(dataDir, 'postgres.location');
  if (existsSync(pointer)) return (await readFile(pointer, 'utf8')).trim();
  const inside = join(dataDir, 'postgres');
  if (existsSync(inside) || (await canReach(dataDir, user))) return inside;
  const elsewhere = join(SYSTEM_FOLDER, 'data', randomUUID());
  await mkdir(join(SYSTEM_FOLDER, 'data'), { recursive: true, mode: 0o755 });
  await writeFile(pointer, `${elsewhere}\n`);
  return elsewhere;
}

/** Whoever made the cluster goes on running it, so that a `postgres` user added later changes nothing. */
export async function ownerOf(cluster: string, user: PostgresUser): Promise<PostgresUser> {
  if (!user.isOther || !existsSync(cluster)) return user;
  const { uid, gid } = await stat(cluster);
  return uid === 0 ? user : { uid, gid, isOther: true };
}
