import pg from 'pg';
import { StartupError } from '../startup-error.js';

/** Numbers of the locks that servers on one database share. `migrations` is the one Prisma's own tools take. */
export const ADVISORY_LOCKS = { migrations: 72_707_369, seed: 4_400_001, leader: 4_400_002, leaderWork: 4_400_003 } as const;

/** Runs the work while no other server holds the same lock; waits for its turn. The lock ends with its connection. */
export async function withAdvisoryLock<Result>(
  databaseUrl: string,
  lock: number,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'ballast-lock', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect().catch((error: Error) => {
    throw new StartupError(`The database ${describe(databaseUrl)} cannot be reached: ${error.message || String(error)}`, { cause: error });
  });
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Where a database is, without the password. */
function describe(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${pathname.slice(1)} at ${host}`;
}
