import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const preload = pathToFileURL(join(import.meta.dirname, 'end-with-parent.mjs')).href;

/** What a program is started with, and where what it says goes. */
export interface ChildOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  readonly output: 'pipe' | 'inherit';
}

/** Starts Node with these arguments. It ends with this process, also where that one is killed and has no last word. */
export function spawnChild(args: readonly string[], { output, ...options }: ChildOptions): ChildProcess {
  return spawn(process.execPath, ['--import', preload, ...args], { ...options, stdio: ['pipe', 'pipe', output] });
}
