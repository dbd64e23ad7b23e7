import pg from 'pg';
import { expect } from 'vitest';
import { aCrowd, type Crowd } from '../harness/a-crowd.js';
import { aServerProcess, type ProcessOptions, type ServerProcess } from '../harness/a-server-process.js';
import { WriteBook } from '../harness/a-write-book.js';
import { aDatabase, api, SECRETS } from '../harness/index.js';
import { until } from '../harness/until.js';

/** The flag that everybody evaluates. */
export const PROBE = 'probe';

/** Longer versions of the same faults are asked for. */
export const isLong = process.env.BALLAST_FAULTS === 'long';

/** A database of the world's own; `remove` ends it with the world. */
export interface WorldDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** How a world begins. */
export interface WorldOptions {
  /** Servers over the one database. */
  readonly servers?: number;
  readonly database?: WorldDatabase;
  /** What one server is started with besides, by its number. */
  readonly startedWith?: (server: number) => Partial<ProcessOptions>;
}

/** What was counted when a fault was over. */
export interface Closing {
  readonly acknowledged: number;
  readonly unsure: number;
  readonly failures: number;
  readonly stored: number;
  readonly revision: number;
  readonly clients: number;
  readonly evaluations: number;
}

/** Servers, a database, SDK clients and a book of writes: what a fault happens to. */
export class World {
  readonly database: WorldDatabase;
  readonly servers: ServerProcess[] = [];
  readonly crowds: Crowd[] = [];
  readonly #options: WorldOptions;
  readonly #pool: pg.Pool;
  readonly #owned: { stop(): Promise<unknown> }[] = [];
  readonly closings: Closing[] = [];
  #clients = 0;

  constructor(database: WorldDatabase, options: WorldOptions) {
    this.database = database;
    this.#options = options;
    this.#pool = new pg.Pool({ connectionString: database.url, max: 2 });
    this.#pool.on('error', () => undefined);
  }

  get urls(): readonly string[] {
    return this.servers.filter(({ isRunning }) => isRunning).map(({ url }) => url);
  }

  /** The one server of a world that has one. */
  get server(): ServerProcess {
    const [only] = this.servers;
    if (only === undefined) throw new Error('this world has no server');
    return only;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(sql, [...values])).rows;
  }

  /** A connection to the database that ends with the world. */
  async aConnection(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.database.url });
    client.on('error', () => undefined);
    await client.connect();
    await this.own({ stop: () => client.end() });
    return client;
  }

  /** What is to be stopped with the world. */
  async own<Thing extends { stop(): Promise<unknown> }>(thing: Thing | Promise<Thing>): Promise<Thing> {
    const owned = await thing;
    this.#owned.push(owned);
    return owned;
  }

  /** Starts one more server. */
  async addServer(given: Partial<ProcessOptions> = {}): Promise<ServerProcess> {
    const options = { ...this.#options.startedWith?.(this.servers.length), ...given };
    const server = await aServerProcess({ databaseUrl: this.database.url, ...options });
    this.servers.push(server);
    return server;
  }

  /** The administrator at one of the servers. */
  admin(url = this.server.url): ReturnType<typeof api> {
    return api({ url, adminToken: SECRETS.adminToken });
  }

  aBook(urls: readonly string[] = this.urls, prefix?: string): WriteBook {
    return new WriteBook(urls, SECRETS.adminToken, prefix);
  }

  /** SDK clients in a process of their own, ready; they evaluate the probe and tell, until the closing. */
  async aCrowd(count: number, { urls = this.urls, evaluateEveryMs = 400 } = {}): Promise<Crowd> {
    const crowd = await aCrowd();
    this.crowds.push(crowd);
    const { statuses } = await crowd.join(count, urls, SECRETS.serverKey);
    expect(statuses).toEqual({ ready: count });
    this.#clients += count;
    if (evaluateEveryMs > 0) await crowd.evaluate(PROBE, evaluateEveryMs);
    return crowd;
  }

  /**
   * Holds after every fault: what was acknowledged is there once, every server and every client is at the same revision with
   * the same checksum, every evaluation is counted exactly once.
   */
  async closing(...books: readonly WriteBook[]): Promise<Closing> {
    const stored = await this.#assertWrites(books);
    const head = await this.#assertLog();
    const evaluations = await this.#assertCounted();
    await this.#assertServers(head);
    for (const crowd of this.crowds) {
      const { statuses } = await crowd.until(({ held, statuses }) => isAll(held, head) && isAll(statuses, 'ready'));
      expect(Object.keys(statuses)).toEqual(['ready']);
    }
    const sumOf = (of: (book: WriteBook) => number) => books.reduce((sum, book) => sum + of(book), 0);
    const closing = {
      acknowledged: sumOf(({ counts }) => counts.acknowledged),
      unsure: sumOf(({ counts }) => counts.unsure),
      failures: sumOf(({ counts }) => counts.failures),
      stored,
      revision: Number(head.split(':')[0]),
      clients: this.#clients,
      evaluations,
    };
    this.closings.push(closing);
    return closing;
  }

  async end(): Promise<void> {
    await Promise.all(this.crowds.map((crowd) => crowd.kill()));
    await Promise.all(this.servers.map((server) => server.remove()));
    for (const thing of this.#owned) await thing.stop();
    await this.#pool.end();
    await this.database.remove();
  }

  async #assertWrites(books: readonly WriteBook[]): Promise<number> {
    const rows = await this.query<{ key: string; creations: number; entries: number }>(
      `SELECT f.key, (SELECT count(*)::int FROM audit_event a WHERE a.resource_key = f.key AND a.action = 'flag.create') AS creations,
         (SELECT count(*)::int FROM snapshot_entry s WHERE s.key = f.key) AS entries
       FROM flag f WHERE f.key <> $1`,
      [PROBE],
    );
    const stored = new Set(rows.map(({ key }) => key));
    const acknowledged = books.flatMap((book) => [...book.acknowledged]);
    const tried = new Set([...acknowledged, ...books.flatMap((book) => [...book.unsure])]);
    const surprises = books.flatMap((book) => book.surprises).slice(0, 3);
    expect(surprises, this.#errors()).toEqual([]);
    expect(acknowledged.filter((key) => !stored.has(key))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(rows.filter(({ key, creations, entries }) => !tried.has(key) || creations !== 1 || entries !== 2)).toEqual([]);
    return stored.size;
  }

  /** The last errors that servers wrote to their logs. */
  #errors(): string {
    const lines = this.servers.flatMap(({ said }) => said.split('\n').filter((line) => !line.includes('"level":"warn"')));
    return lines.slice(-5).join('\n');
  }

  /** No revision is skipped or repeated; answers where the environment stands, as `revision:checksum`. */
  async #assertLog(): Promise<string> {
    const [row] = await this.query<{ current: string; checksum: string; rows: string; last: string }>(
      `SELECT r.current, r.server_checksum AS checksum, count(c.revision) AS rows, max(c.revision) AS last
       FROM revision r JOIN environment e ON e.id = r.environment_id AND e.key = 'development' JOIN change c ON c.environment_id = e.id
       GROUP BY r.current, r.server_checksum`,
    );
    expect(row).toMatchObject({ rows: row?.current, last: row?.current });
    return `${row?.current}:${row?.checksum}`;
  }

  async #assertServers(head: string): Promise<void> {
    const heads = () =>
      Promise.all(
        this.urls.map(async (url) => {
          const answer = await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${SECRETS.serverKey}` } });
          const { revision, checksum } = await answer.json();
          return `${revision}:${checksum}`;
        }),
      );
    await until(heads, (all) => all.every((each) => each === head));
  }

  async #assertCounted(): Promise<number> {
    const reports = await Promise.all(this.crowds.map((crowd) => crowd.deliver()));
    const evaluations = reports.reduce((sum, report) => sum + report.evaluations, 0);
    const [row] = await this.query<{ counted: number; unknown: number }>(
      `SELECT (SELECT coalesce(sum(exposures), 0)::int FROM counted WHERE flag = $1) AS counted,
         (SELECT coalesce(sum(count), 0)::int FROM unknown_flag) AS unknown`,
      [PROBE],
    );
    expect(row).toEqual({ counted: evaluations, unknown: 0 });
    return evaluations;
  }
}

function isAll(counts: Readonly<Record<string, number>>, wanted: string): boolean {
  return Object.keys(counts).every((name) => name === wanted);
}

/** Makes a world whose servers are ready and serve the probe, lets the story happen in it, and tells what was counted. */
export async function aWorld(fault: string, options: WorldOptions, story: (world: World) => Promise<void>): Promise<void> {
  const began = performance.now();
  const world = new World(options.database ?? (await sharedDatabase()), options);
  try {
    for (let i = 0; i < (options.servers ?? 1); i++) await world.addServer();
    const probe = { key: PROBE, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
    expect((await world.admin().post('/api/v1/projects/default/flags', probe)).status).toBe(201);
    await story(world);
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stderr.write(`${fault}: ${seconds} s ${JSON.stringify(world.closings.at(-1))}\n`);
  } finally {
    await world.end();
  }
}

async function sharedDatabase(): Promise<WorldDatabase> {
  const { url, drop } = await aDatabase();
  return { url, remove: drop };
}
