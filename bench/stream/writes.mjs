// Eight writers to one environment: at the ledger, and through the API.
import { Child } from './child.mjs';
import { BallastServer, configPath, connected, freePort, halfOf } from './place.mjs';

const MS = 4_000;
const WRITERS = 8;

function isWhole(revisions) {
  const sorted = [...revisions].sort((a, b) => a - b);
  return sorted.every((revision, i) => revision === sorted[0] + i);
}

async function throughApi(server) {
  let count = 0;
  const until = performance.now() + MS;
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let turn = 0; performance.now() < until; turn++) {
      await server.call('PUT', configPath(writer), halfOf(turn % 2 === 1));
      count += 1;
    }
  });
  const began = performance.now();
  await Promise.all(writers);
  return { perSecond: count / ((performance.now() - began) / 1_000), count };
}

/** Commits per second of both, and whether every revision was given out once. */
export async function measureWriting(postgres) {
  const databaseUrl = await postgres.database('writing');
  const server = await BallastServer.start({ databaseUrl, port: await freePort() });
  const database = await connected(databaseUrl);
  try {
    await server.fill(0, WRITERS);
    const { rows } = await database.query("select id, project_id from environment where key = 'development'");
    const [{ id, project_id: projectId }] = rows;
    const logged = async () =>
      (await database.query('select revision from change where environment_id = $1', [id])).rows.map((row) => Number(row.revision));
    const before = (await logged()).length;
    const api = await throughApi(server);
    const between = await logged();
    await server.stop();
    const child = new Child('ledger.mjs', { args: [databaseUrl, id, projectId, String(MS)] });
    const { perSecond, revisions } = await child.next();
    const all = await logged();
    return {
      api: { perSecond: api.perSecond, isWhole: between.length === before + api.count && isWhole(between) },
      ledger: { perSecond, isWhole: isWhole(revisions) && isWhole(all) },
    };
  } finally {
    await database.end();
    await server.stop('SIGKILL');
  }
}
