import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import type { CrowdOrder, CrowdReport } from './crowd-words.js';

const root = join(import.meta.dirname, '../..');
const POLL_MS = 100;

/** Many SDK clients, as they are in the sources, in a process of their own. */
export class Crowd {
  readonly #child: ChildProcess;
  /** Orders are obeyed one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects when its process ends. */
  readonly #gone: Promise<never>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#gone = once(child, 'exit').then(() => Promise.reject(new Error('the crowd is gone')));
    this.#gone.catch(() => undefined);
  }

  /** More clients, spread over these servers; settles when each is ready or has given up waiting. */
  join(count: number, urls: readonly string[], key: string): Promise<CrowdReport> {
    return this.#tell({ order: 'join', count, urls, key });
  }

  /** Everybody evaluates a flag from time to time from now on, and tells the server. */
  evaluate(flag: string, everyMs: number): Promise<CrowdReport> {
    return this.#tell({ order: 'evaluate', flag, everyMs });
  }

  /** No more evaluations; settles when the server has acknowledged all of them. */
  deliver(): Promise<CrowdReport> {
    return this.#tell({ order: 'deliver' });
  }

  report(): Promise<CrowdReport> {
    return this.#tell({ order: 'report' });
  }

  /** Settles when the report satisfies; the test's own timeout ends the waiting. */
  async until(holds: (report: CrowdReport) => boolean): Promise<CrowdReport> {
    for (;;) {
      const report = await this.report();
      if (holds(report)) return report;
      await delay(POLL_MS);
    }
  }

  async leave(): Promise<void> {
    if (!this.#child.connected) return;
    const ended = once(this.#child, 'exit');
    this.#child.send({ order: 'leave' } satisfies CrowdOrder);
    await ended;
  }

  /** Its process ends at once. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #tell(order: CrowdOrder): Promise<CrowdReport> {
    const told = this.#last.then(async () => {
      const answered = new Promise<CrowdReport>((resolve) => this.#child.once('message', (report: CrowdReport) => resolve(report)));
      this.#child.send(order);
      return Promise.race([answered, this.#gone]);
    });
    this.#last = told.catch(() => undefined);
    return told;
  }
}

let program: Promise<string> | undefined;

/** The program of a crowd, bundled from the sources once per process. */
async function bundled(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-crowd-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'crowd.mjs');
  await build({
    entryPoints: [join(root, 'test/harness/crowd.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@ballast/source'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

/** An empty crowd. */
export async function aCrowd(): Promise<Crowd> {
  program ??= bundled();
  return new Crowd(fork(await program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] }));
}
