import { type ExecFileException, execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** How a script ended, what it printed as JSON, and what it complained of. */
export interface ScriptRun {
  readonly code: number | string;
  readonly report: ReturnType<typeof JSON.parse>;
  readonly problem: string;
}

/** Runs a script of the checkout from elsewhere, as an operator may. */
export function runScript(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<ScriptRun> {
  const options = { cwd: tmpdir(), env: { ...process.env, DATABASE_URL: '', NODE_OPTIONS: '', ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, script), ...args], options, (error: ExecFileException | null, out, problem) =>
      resolve({ code: error?.code ?? 0, report: error === null ? JSON.parse(out) : null, problem }),
    );
  });
}
