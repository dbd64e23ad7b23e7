import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { SETTINGS, type Settings } from '../settings/index.js';
import { databaseUrlOf } from './database-url.js';

const POOL = {
  max: 4,
  connectionTimeoutMillis: 5_000,
  idleTimeoutMillis: 60_000,
  statement_timeout: 15_000,
  // A connection that has fallen silent is given up after the database would have said so.
  query_timeout: 20_000,
  idle_in_transaction_session_timeout: 30_000,
  application_name: 'ballast statements',
};

/** SQL; one with a name is planned once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** Runs one statement and answers its rows. */
export type Run = <Row extends pg.QueryResultRow>(statement: Statement) => Promise<Row[]>;

/** Statements as they are, for the few that run so often that what lies between them and the database costs more than the database. */
@Injectable()
export class Statements implements OnApplicationShutdown {
  private readonly pool: pg.Pool;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.pool = new pg.Pool({ connectionString: databaseUrlOf(settings), ...POOL });
    this.pool.on('error', () => undefined);
    // The pool listens to connections at rest only; one that breaks in the middle of a transaction fails its statements as well.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Runs one statement by itself. */
  readonly run: Run = async <Row extends pg.QueryResultRow>(statement: Statement) =>
    (await this.pool.query<Row>({ ...statement, values: [...(statement.values ?? [])] })).rows;

  /** Runs what belongs together: all of it is there in the end, or nothing. A connection that failed is not used again. */
  async transaction<Result>(begin: string, work: (run: Run) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    const run: Run = async <Row extends pg.QueryResultRow>(statement: Statement) =>
      (await client.query<Row>({ ...statement, values: [...(statement.values ?? [])] })).rows;
    try {
      await client.query(begin);
      const result = await work(run);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
