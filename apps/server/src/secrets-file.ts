import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartupError } from './startup-error.js';

const keys = z.object({ server: z.string(), client: z.string() });
const secrets = z.object({ adminToken: z.string(), keys: z.object({ development: keys, production: keys }) });

/** The secrets that the first start makes: the database knows only their hashes. */
export type Secrets = z.infer<typeof secrets>;

/** Where the secrets of a data directory are kept. */
export function secretsFile(dataDir: string): string {
  return join(dataDir, 'secrets.json');
}

/** The secrets of an earlier start, or null. */
export async function readSecrets(file: string): Promise<Secrets | null> {
  const text = await readFile(file, 'utf8').catch((error: Error & { code?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw new StartupError(`The secrets in ${file} cannot be read: ${error.message}`);
  });
  if (text === null) return null;
  const parsed = secrets.safeParse(parse(text));
  if (!parsed.success)
    throw new StartupError(
      `The file ${file} does not hold the secrets of a server; move it away to have new ones made for an empty database.`,
    );
  return parsed.data;
}

/** Keeps the secrets for their owner's eyes only; the file is there whole or not at all. */
export async function writeSecrets(file: string, content: Secrets): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o755 });
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
