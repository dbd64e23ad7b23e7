import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the checkout; scripts work from wherever they are called. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const stamps = join(root, 'node_modules', '.cache', 'ballast');

/** Runs a program in the checkout and answers its exit code; what it prints is passed on. */
export async function exitCodeOf(program, args, options = {}) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/** Runs a program that has to succeed. */
export async function must(program, args, options) {
  const code = await exitCodeOf(program, args, options);
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} failed (exit code ${code})`);
}

/** Runs a script of an installed package by the Node that runs this. */
export async function mustRun(script, args = [], options = {}) {
  await must(process.execPath, [join(root, 'node_modules', script), ...args], options);
}

/** Says what is being done while it takes a moment; on stderr, so that stdout stays the program's own. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Does the work only if one of the files has changed since it was last done in this checkout, or if what it makes is gone. */
export async function whenChanged({ name, from, makes }, work) {
  const stamp = join(stamps, name);
  const state = stateOf(from);
  const isThere = makes.every((path) => existsSync(join(root, path)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  await work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, state);
}

/** Names, sizes and times of all files below the paths; made files are left out. */
function stateOf(paths) {
  const hash = createHash('sha256');
  const files = paths.flatMap((path) => filesBelow(join(root, path))).sort();
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

const MADE = new Set(['node_modules', 'dist', 'generated']);

function filesBelow(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return path.endsWith('.tsbuildinfo') ? [] : [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name))
    .flatMap(({ name }) => filesBelow(join(path, name)));
}
