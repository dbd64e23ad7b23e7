// A hundred thousand batches, three of ten delivered twice, by eight clients, while the server is killed twice: is every one counted once?
import { BallastServer, connected, freePort } from '../stream/place.mjs';
import { deliver, expected } from './deliveries.mjs';

const CLIENTS = 8;
const TABLES = ['counted', 'counted_minute', 'counted_hour', 'counted_day'];

async function sumsOf(database, table) {
  const { rows } = await database.query(
    `select sum(exposures)::float8 as exposures, sum(ok)::float8 as ok, sum(err)::float8 as err,
       (select sum(count_of(packed))::float8 from ${table}, unnest(hist) as packed) as hist from ${table}`,
  );
  return rows[0];
}

/** How far the counters of each resolution are from what was sent: 0 when they are exact. */
export async function measureExactness(postgres, batches) {
  const databaseUrl = await postgres.database('exact');
  const port = await freePort();
  let server = await BallastServer.start({ databaseUrl, port });
  await server.fill(0, 20);
  const each = batches / CLIENTS;
  const kills = [0.33, 0.66].map((share) => Math.floor(share * batches * 1.3));
  let restarting = Promise.resolve();
  const restart = async () => {
    await server.stop('SIGKILL');
    server = await BallastServer.start({ databaseUrl, port });
  };
  const onProgress = (acknowledged) => {
    if (acknowledged !== kills[0]) return;
    kills.shift();
    restarting = restarting.then(restart);
  };
  const delivered = await deliver({ port, clients: CLIENTS, each, onProgress });
  await restarting;
  const database = await connected(databaseUrl);
  const wanted = expected(CLIENTS, each);
  let off = 0;
  for (const table of TABLES) {
    const found = await sumsOf(database, table);
    for (const [name, count] of Object.entries(wanted)) off += Math.abs(found[name] - count);
  }
  await database.end();
  await server.stop('SIGKILL');
  return { batches, off, killed: 2 - kills.length, ...delivered };
}
