import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../apps/server/src/database/index.js';
import { freePort } from './free-port.js';

/** A PostgreSQL of a test's own, which may be stopped, killed and started again where it was. */
export class OwnPostgres {
  readonly #dataDir: string;
  readonly #port: number;
  #running: EmbeddedPostgres | null = null;

  constructor(dataDir: string, port: number) {
    this.#dataDir = dataDir;
    this.#port = port;
  }

  get url(): string {
    if (this.#running === null) throw new Error('PostgreSQL was never started');
    return this.#running.url;
  }

  async start(): Promise<this> {
    this.#running = await startEmbeddedPostgres({ dataDir: this.#dataDir, port: this.#port });
    return this;
  }

  /** As an administrator would: connections are ended, data is flushed. */
  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  /** As a crash would: everything ends at once, and the next start recovers from the log. */
  async crash(): Promise<void> {
    const pidFile = await readFile(join(this.#running?.folder ?? '', 'postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGQUIT');
    await this.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** Starts one; it keeps what it is told also when it crashes. */
export async function aPostgres(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-postgres-'));
  await chmod(dataDir, 0o755);
  return new OwnPostgres(dataDir, await freePort()).start();
}
