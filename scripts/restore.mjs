import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { whenCalled } from './backup/command.mjs';
import { withConnection } from './backup/connection.mjs';
import { contentsOf } from './backup/contents.mjs';
import { withPlace } from './backup/place.mjs';
import { openBackup } from './backup/read.mjs';
import { root } from './step.mjs';

/** Fills an empty database from a backup, in one transaction, and compares every table with what the backup says of it. */
export async function restore(databaseUrl, file) {
  const { contents, statements, close } = await openBackup(file);
  try {
    await withConnection(databaseUrl, async (client) => {
      await refuseUsed(client);
      await migrateTo(databaseUrl, contents.migrations);
      await client.query('BEGIN');
      for await (const statement of statements) await run(client, statement);
      compare(contents, await contentsOf(client));
      await client.query('COMMIT');
      await goOnAbove(client);
      await client.query('ANALYZE');
    });
  } finally {
    await close();
  }
  return contents;
}

async function refuseUsed(client) {
  const { rows } = await client.query(
    "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LIMIT 1",
  );
  if (rows.length > 0) throw new Error('The database is not empty: restore into a new one.');
}

/** The schema of the release that wrote the backup; a newer server migrates it when it starts. */
async function migrateTo(databaseUrl, names) {
  const { migrate } = await import('../apps/server/dist/database/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'ballast-migrations-'));
  try {
    for (const name of names)
      await cp(join(root, 'prisma/migrations', name), join(folder, name), { recursive: true }).catch((error) => {
        throw new Error(`The backup is of a newer release: it has the migration ${name}.`, { cause: error });
      });
    await migrate(databaseUrl, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(client, { sql, rows }) {
  if (rows === undefined) await client.query(sql);
  else await pipeline(Readable.from(rows), client.query(copyFrom(sql)));
}

function compare(wanted, found) {
  for (const table of wanted.tables) {
    const { rows, digest } = found.tables.find(({ name }) => name === table.name) ?? {};
    if (rows !== table.rows || digest !== table.digest)
      throw new Error(`The table ${table.name} is not what was backed up: ${rows} rows of ${table.rows}.`);
  }
}

/** Revisions that were given away after the backup are not given to something else. */
async function goOnAbove(client) {
  await client.query(await readFile(join(root, 'deploy/postgres/after-restore.sql'), 'utf8'));
}

await whenCalled(import.meta.url, async () => {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('From which file? npm run restore -- FILE');
  const { at, environments } = await withPlace(process.env, (databaseUrl) => restore(databaseUrl, file));
  return { file, at, environments };
});
