import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { whenCalled } from './backup/command.mjs';
import { withConnection, withDatabase } from './backup/connection.mjs';
import { contentsOf } from './backup/contents.mjs';
import { withPlace } from './backup/place.mjs';
import { withScratchServer } from './backup/scratch-server.mjs';
import { backup } from './backup.mjs';
import { restore } from './restore.mjs';

/** Restores into a database of its own beside the given one, starts a server on it and compares what it serves; makes the backup itself unless there is one. */
async function drill(databaseUrl, given) {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-drill-'));
  const file = given ?? join(folder, 'backup.sql.gz');
  const name = `ballast_drill_${randomBytes(6).toString('hex')}`;
  try {
    const made = given === undefined ? await timed(() => backup(databaseUrl, file)) : undefined;
    await maintain(databaseUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
    const copy = withDatabase(databaseUrl, name);
    const restored = await timed(() => restore(copy, file));
    const served = await timed(() => inspect(copy));
    refuseDifferent(restored.result.environments, served.result.environments);
    const seconds = { ...(made && { backup: made.seconds }), restore: restored.seconds, server: served.seconds };
    return { at: restored.result.at, ...(made && { bytes: made.result.bytes }), ...served.result, seconds };
  } finally {
    await maintain(databaseUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await rm(folder, { recursive: true });
  }
}

/** Starts a server on a restored database, however it was restored, and compares what it serves with what is stored. */
async function inspect(databaseUrl) {
  const { tables, environments } = await withConnection(databaseUrl, contentsOf);
  return await withScratchServer(databaseUrl, async (server) => {
    const served = [];
    for (const { name } of environments) served.push({ name, ...(await snapshotOf(server, name)) });
    const wrong = served.find(
      ({ revision, checksum }, i) => revision !== environments[i].revision || checksum !== environments[i].checksum,
    );
    if (wrong !== undefined) throw new Error(`The server serves something else in ${wrong.name}: ${JSON.stringify(wrong)}`);
    return { rows: Object.fromEntries(tables.map(({ name, rows }) => [name, rows])), environments: served };
  });
}

/** What a key that was made just now opens. */
async function snapshotOf({ url, token }, name) {
  const [project, environment] = name.split('/');
  const key = await ask(`${url}/api/v1/projects/${project}/environments/${environment}/keys`, token, { name: 'drill', kind: 'server' });
  const { revision, checksum, flags } = await ask(`${url}/sdk/v1/snapshot`, key.secret);
  return { revision, checksum, flags: Object.keys(flags).length };
}

async function ask(url, credential, body) {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  const answer = await fetch(url, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}

function refuseDifferent(backedUp, served) {
  const standing = (environments) => environments.map(({ name, checksum }) => `${name} ${checksum}`).join();
  if (standing(backedUp) !== standing(served)) throw new Error(`Restored ${standing(served)} from ${standing(backedUp)}`);
}

async function maintain(databaseUrl, sql) {
  await withConnection(withDatabase(databaseUrl, 'postgres'), (client) => client.query(sql));
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return { result, seconds: Math.round((performance.now() - began) / 10) / 100 };
}

await whenCalled(import.meta.url, async () => {
  const { values } = parseArgs({ options: { from: { type: 'string' }, restored: { type: 'string' } } });
  return values.restored === undefined ? await withPlace(process.env, (url) => drill(url, values.from)) : await inspect(values.restored);
});
