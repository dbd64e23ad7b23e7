import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/server/dist/database/index.js';
import { Child } from './child.mjs';
import { now } from './clock.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const agent = new Agent({ keepAlive: true });

export const SECRETS = { admin: 'admin-token-of-the-bench', server: 'server-key-of-the-bench', client: 'client-key-of-the-bench' };

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export async function connected(connectionString) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A PostgreSQL with its ordinary durability that knows when each transaction was committed; thrown away at the end. */
export async function startPostgres() {
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-bench-'));
  const first = await startEmbeddedPostgres({ dataDir });
  const admin = await connected(first.url);
  await admin.query('alter system set track_commit_timestamp = on');
  await admin.end();
  await first.stop();
  const postgres = await startEmbeddedPostgres({ dataDir });
  return {
    async database(name) {
      const client = await connected(postgres.url);
      await client.query(`create database ${name}`);
      await client.end();
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function settingsOf({ databaseUrl, port, dataDir }) {
  return {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BALLAST_DATA_DIR: dataDir,
    BALLAST_LOG_LEVEL: 'error',
    BALLAST_ADMIN_TOKEN: SECRETS.admin,
    BALLAST_SERVER_KEY: SECRETS.server,
    BALLAST_CLIENT_KEY: SECRETS.client,
  };
}

/** The server as `npm start` runs it, in a process of its own. */
export class BallastServer {
  #child;

  constructor(child, port) {
    this.#child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start({ databaseUrl, port }) {
    const dataDir = await mkdtemp(join(tmpdir(), 'ballast-bench-server-'));
    const child = new Child(at('../../apps/server/dist/main.js'), {
      execArgv: ['--expose-gc', '--import', at('probe.mjs')],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: settingsOf({ databaseUrl, port, dataDir }),
    });
    await Promise.race([
      once(child.process.stdout, 'data'),
      child.ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
    ]);
    child.process.stdout.resume();
    void child.ended.then(() => rm(dataDir, { recursive: true, force: true }));
    return new BallastServer(child, port);
  }

  /** Memory after the garbage is gone. */
  measure() {
    return this.#child.ask('measure');
  }

  /** Milliseconds that it has run so far. */
  async ran() {
    return (await this.#child.ask('cpu')).cpuMs;
  }

  stop(signal) {
    return this.#child.stop(signal);
  }

  /** One call of the admin API: its answer, and when the answer's head was here. */
  async call(method, path, body) {
    const text = body && JSON.stringify(body);
    const headers = { authorization: `Bearer ${SECRETS.admin}`, ...(text && { 'content-type': 'application/json' }) };
    const sentAt = now();
    const call = request(`${this.url}/api/v1/projects/default${path}`, { method, agent, headers }).end(text);
    const [response] = await once(call, 'response');
    const acceptedAt = now();
    let answer = '';
    for await (const part of response.setEncoding('utf8')) answer += part;
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${answer}`);
    return { sentAt, acceptedAt, answer: JSON.parse(answer) };
  }

  async snapshot() {
    return await (await fetch(`${this.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${SECRETS.server}` } })).json();
  }

  /** Makes flags from one number up to another, each with half of the users in: one import. */
  async fill(from, to) {
    const flags = Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`flag-${from + i}`, flagOf()]));
    await this.call('POST', '/environments/development/import?format=flagd&owner=team&ttlDays=30', { flags });
    await this.call('PUT', configPath(0), halfOf(true));
  }
}

function flagOf() {
  const targeting = {
    fractional: [
      ['on', 50],
      ['off', 50],
    ],
  };
  return { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting };
}

export function configPath(i) {
  return `/flags/flag-${i}/environments/development`;
}

/** A flag's configuration with a split in halves. */
export function halfOf(on) {
  return {
    on,
    default: {
      split: {
        percentages: [
          { variant: 'on', percent: 50 },
          { variant: 'off', percent: 50 },
        ],
      },
    },
  };
}
