import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import { whenCalled } from './backup/command.mjs';
import { withConnection } from './backup/connection.mjs';
import { contentsOf } from './backup/contents.mjs';
import { withPlace } from './backup/place.mjs';

/**
 * Writes one moment of a database that is in use to a file: a line of JSON that says what is in it, then SQL as `psql` reads it,
 * compressed. The schema is not in it: the migrations of the release make that.
 */
export async function backup(databaseUrl, file) {
  return await withConnection(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const at = (await client.query('SELECT now() AS at')).rows[0].at.toISOString();
    const contents = { format: 'ballast-backup/1', at, ...(await contentsOf(client)) };
    const half = `${file}.new`;
    try {
      await pipeline(Readable.from(partsOf(client, contents)), createGzip(), createWriteStream(half, { mode: 0o600 }));
      await rename(half, file);
    } finally {
      await rm(half, { force: true });
    }
    return { contents, bytes: (await stat(file)).size };
  });
}

async function* partsOf(client, contents) {
  yield `-- ${JSON.stringify(contents)}\n`;
  for (const sql of contents.partitions) yield `${sql};\n`;
  for (const { name, columns } of contents.tables) {
    const list = columns.join(', ');
    yield `COPY "${name}" (${list}) FROM stdin;\n`;
    yield* client.query(copyTo(`COPY (SELECT ${list} FROM "${name}") TO STDOUT`));
    yield '\\.\n';
  }
  for (const { name, value } of contents.sequences) yield `SELECT setval('${name}', ${value});\n`;
}

await whenCalled(import.meta.url, async () => {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('To which file? npm run backup -- FILE');
  const { contents, bytes } = await withPlace(process.env, (databaseUrl) => backup(databaseUrl, file));
  return { file, bytes, at: contents.at, environments: contents.environments };
});
