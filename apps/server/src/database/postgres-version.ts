import type pg from 'pg';
import { StartupError } from '../startup-error.js';

const OLDEST_MAJOR = 16;

/** Ends the start, in one line, on a PostgreSQL that cannot run the migrations. */
export async function refuseOldPostgres(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  const complaint = complaintAbout(Number(rows[0]?.version));
  if (complaint !== null) throw new StartupError(complaint);
}

/** What is wrong with a PostgreSQL of this version, as `server_version_num` writes it (`160004`); null when nothing is. */
export function complaintAbout(version: number): string | null {
  const major = Math.floor(version / 10_000);
  return major >= OLDEST_MAJOR ? null : `The database is PostgreSQL ${major}; Ballast needs ${OLDEST_MAJOR} or newer.`;
}
