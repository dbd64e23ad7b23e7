import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { TEMPLATE, withDatabase } from './database-url.js';

/** A database of one's own, as the migrations leave it. */
export interface TestDatabase {
  readonly url: string;
  /** Runs one statement and answers its rows. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Clones the migrated template (or makes an empty database) on the PostgreSQL of this run. */
export async function aDatabase({ template = TEMPLATE }: { template?: string } = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await maintain(`create database ${name} template ${template}`);
  const url = withDatabase(inject('postgresUrl'), name);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  return {
    url,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    drop: async () => {
      await pool.end();
      await maintain(`drop database ${name} with (force)`);
    },
  };
}

async function maintain(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(inject('postgresUrl'), 'postgres') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
