import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a file beside this one reports when it runs in a process of its own. */
export async function reportOf(file, args = [], execArgv = []) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code} and no report`);
  });
  const [report] = await Promise.race([once(child, 'message'), ended]);
  return report;
}
