import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const BEAT_MS = 2_000;
/** A query of a session that takes longer has met a connection that is silent. */
const PATIENCE_MS = 3_000;
/** PostgreSQL ends a session that it hears nothing of; later than this end finds out, so that two never both believe in it. */
const IDLE_MS = 6_000;
const CONNECT_MS = 3_000;

/** What a session tells its owner. */
export interface SessionOptions {
  /** Its name in `pg_stat_activity`. */
  readonly name: string;
  readonly onNotification?: (channel: string, payload: string) => void;
}

/** A connection of its own that is kept alive and found out within seconds to be dead, also when nobody says so. */
export class Session {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #end = new AbortController();

  private constructor(databaseUrl: string, { name, onNotification }: SessionOptions) {
    this.#socket = new Socket();
    this.#client = new pg.Client({
      connectionString: databaseUrl,
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: PATIENCE_MS,
      options: `-c idle_session_timeout=${IDLE_MS}`,
      stream: () => this.#socket,
    });
    this.#client.on('error', () => undefined);
    this.#client.on('end', () => this.#end.abort());
    this.#client.on('notification', ({ channel, payload }) => onNotification?.(channel, payload ?? ''));
  }

  /** Connects, or fails with what is wrong. */
  static async open(databaseUrl: string, options: SessionOptions): Promise<Session> {
    const session = new Session(databaseUrl, options);
    try {
      await session.#client.connect();
    } catch (error) {
      session.#drop();
      throw error;
    }
    void session.#beat();
    return session;
  }

  /** Aborted as soon as the connection is gone or given up. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Runs one statement; a connection that does not answer in time is given up. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query<Row>(sql, [...values])).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) this.#drop();
      throw error;
    }
  }

  /** Ends the connection, whether or not the other side still answers. */
  async close(): Promise<void> {
    await Promise.race([this.#client.end().catch(() => undefined), delay(CONNECT_MS, undefined, { ref: false })]);
    this.#drop();
  }

  #drop(): void {
    this.#socket.destroy();
    this.#end.abort();
  }

  async #beat(): Promise<void> {
    for (;;) {
      await delay(BEAT_MS, undefined, { ref: false, signal: this.#end.signal }).catch(() => undefined);
      if (this.#end.signal.aborted) return;
      await this.query('select 1').catch(() => undefined);
    }
  }
}
