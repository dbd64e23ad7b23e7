import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CacheOwner, SnapshotCache } from '../core/transport.js';

/**
 * Keeps the last known good snapshot in one file per server and key, replaced by a rename so that a reader never sees half of it. The
 * key itself is in neither the name nor the file. Without a directory the files lie in a private folder below the system's temporary one.
 */
export function fileCache({ url, key }: CacheOwner, directory: string | undefined): SnapshotCache {
  const folder = directory ?? join(tmpdir(), `ballast-sdk-${process.getuid?.() ?? 'user'}`);
  const name = createHash('sha256').update(`${url}\n${key}`).digest('hex').slice(0, 32);
  const file = join(folder, `${name}.json`);
  return {
    load: () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (directory === undefined) refuseForeign(folder);
      return readIfThere(file);
    },
    save: async (text) => {
      if (directory === undefined) refuseForeign(folder);
      const draft = `${file}.${randomUUID()}`;
      try {
        await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
        await rename(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}

/** In a folder that everybody may write to, somebody else could have laid flags ready for us. */
function refuseForeign(folder: string): void {
  const stats = lstatSync(folder);
  const isOwn = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !isOwn || (stats.mode & 0o022) !== 0) throw new Error(`${folder} is not a private folder of this user`);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
