import pg from 'pg';

/** Texts of times and numbers are the same on every server. */
const SAME_TEXTS = "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1";

/** Works with one connection to a database, and ends it. */
export async function withConnection(databaseUrl, work) {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'ballast-backup' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(SAME_TEXTS);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function withDatabase(databaseUrl, name) {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
