import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDatabase, type TestDatabase } from '../harness/index.js';

const harness = join(import.meta.dirname, '../harness');
const server = join(import.meta.dirname, '../../apps/server/dist/main.js');

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await aDatabase();
  folder = await mkdtemp(join(tmpdir(), 'ballast-orphans-'));
  await build({
    entryPoints: [join(harness, 'spawn-child.ts')],
    outfile: join(folder, 'spawn-child.mjs'),
    platform: 'node',
    format: 'esm',
    define: { 'import.meta.dirname': JSON.stringify(harness) },
    logLevel: 'error',
  });
  const env = { PATH: process.env.PATH ?? '', PORT: '0', DATABASE_URL: database.url, BALLAST_DATA_DIR: folder };
  const program = `import { spawnChild } from './spawn-child.mjs';
    const child = spawnChild([${JSON.stringify(server)}], { env: ${JSON.stringify(env)}, output: 'inherit' });
    child.stdout.once('data', () => console.log(child.pid));`;
  await writeFile(join(folder, 'parent.mjs'), program);
});

afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** A process that starts a server as tests do, and the number of that server when it is ready. */
async function aParent(): Promise<{ parent: ChildProcess; pid: number }> {
  const parent = spawn(process.execPath, [join(folder, 'parent.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (parent.stdout === null) throw new Error('no output');
  const [line] = await once(createInterface(parent.stdout), 'line');
  return { parent, pid: Number(line) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each(['SIGKILL', 'SIGTERM'] as const)('leaves no server behind when whoever started it ends by %s', async (signal) => {
  const { parent, pid } = await aParent();
  expect(isAlive(pid)).toBe(true);
  parent.kill(signal);
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});
