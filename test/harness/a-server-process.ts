import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SECRETS } from './a-server.js';
import { freePort } from './free-port.js';
import { spawnChild } from './spawn-child.js';

const root = join(import.meta.dirname, '../..');
const POLL_MS = 25;

/** What a server is started with. */
export interface ProcessOptions {
  readonly databaseUrl: string;
  /** Another program than the server, below the checkout. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded first. */
  readonly preload?: readonly string[];
}

/** A server as a process of its own, which may be killed and started again on the same port. */
export class ServerProcess {
  readonly port: number;
  readonly #options: ProcessOptions;
  readonly #dataDir: string;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  #said = '';

  constructor(port: number, dataDir: string, options: ProcessOptions) {
    this.port = port;
    this.#dataDir = dataDir;
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it printed since it was last started. */
  get said(): string {
    return this.#said;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<this> {
    const { databaseUrl, env = {}, preload = [], program = 'apps/server/dist/main.js' } = this.#options;
    const child = spawnChild([...preload.flatMap((module) => ['--import', join(root, module)]), join(root, program)], {
      cwd: this.#dataDir,
      env: {
        PATH: process.env.PATH ?? '',
        PORT: String(this.port),
        DATABASE_URL: databaseUrl,
        BALLAST_DATA_DIR: this.#dataDir,
        BALLAST_ADMIN_TOKEN: SECRETS.adminToken,
        BALLAST_SERVER_KEY: SECRETS.serverKey,
        BALLAST_CLIENT_KEY: SECRETS.clientKey,
        BALLAST_LOG_LEVEL: 'warn',
        ...env,
      },
      output: 'pipe',
    });
    this.#child = child;
    this.#said = '';
    this.#ended = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new Error(`the server ended before it was ready:\n${this.#said}`);
      await delay(POLL_MS);
    }
    return this;
  }

  async isReady(): Promise<boolean> {
    return (
      this.#child !== null &&
      (await fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    );
  }

  /** The text of `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** Whether it does the work that one server does for all. */
  async isLeader(): Promise<boolean> {
    if (!this.isRunning) return false;
    return fetch(`${this.url}/health/ready`).then(
      async (answer) => (await answer.json()).leader === true,
      () => false,
    );
  }

  /** `kill -9`: it has no last word. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; answers its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Ends it for good and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.isRunning) {
      this.#child?.kill(signal);
      await this.#ended;
    }
    return this.#child?.exitCode ?? null;
  }
}

/** Starts a server on a port of its own. Who starts several over one empty database starts the first one alone. */
export async function aServerProcess(options: ProcessOptions): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-server-'));
  return new ServerProcess(await freePort(), dataDir, options).start();
}
