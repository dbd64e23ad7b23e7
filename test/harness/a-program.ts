import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnChild } from './spawn-child.js';

const root = join(import.meta.dirname, '../..');

/** A program of the repository, running. */
export interface Program {
  /** The first line it printed. */
  readonly firstLine: string;
  /** Sends SIGTERM; resolves to how it ended. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a script and waits for its first line. */
export async function aProgram(script: string, env: Readonly<Record<string, string>>): Promise<Program> {
  const child = spawnChild([join(root, script)], { env: { ...process.env, NODE_OPTIONS: '', ...env }, output: 'inherit' });
  if (child.stdout === null) throw new Error('no output');
  const ended = once(child, 'exit');
  const line = once(createInterface(child.stdout), 'line');
  const [firstLine] = await Promise.race([line, ended.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`)))]);
  return {
    firstLine,
    stop: async () => {
      child.kill('SIGTERM');
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}
