import { spawn } from 'node:child_process';
import { StartupError } from '../../startup-error.js';
import type { PostgresUser } from './postgres-user.js';

/** What a child process needs to run as PostgreSQL's user; messages stay English, for they are shown and matched. */
export function asUser(user: PostgresUser): { uid?: number; gid?: number; cwd: string; env: Record<string, string> } {
  const who = user.isOther ? { uid: user.uid, gid: user.gid } : {};
  return { ...who, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } };
}

/** Runs a program to its end; what it said goes into the error if it fails. */
export async function run(program: string, args: readonly string[], user: PostgresUser): Promise<void> {
  const child = spawn(program, args, { ...asUser(user), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (exit, signal) => resolve(exit ?? String(signal)));
  });
  if (code !== 0) throw new StartupError(`${program} failed (${code}): ${said.trim().split('\n').slice(-3).join(' ')}`);
}
