// From an answer of the API to one application with the real SDK, everything on one machine; and how large the message is.
import { Child } from './child.mjs';
import { pause, quantile } from './clock.mjs';
import { BallastServer, configPath, connected, freePort, halfOf, SECRETS } from './place.mjs';

const WRITES = 200;
const FLAGS = 1_000;
const WARM_UP = 20;

const COMMITTED = `select extract(epoch from pg_xact_commit_timestamp(c.xmin)) * 1000 as at
  from change c join environment e on e.id = c.environment_id where e.key = 'development' and revision = $1`;

const NEWEST = "select r.current as revision from revision r join environment e on e.id = r.environment_id where e.key = 'development'";

/** When the follower came to hold a revision. */
async function arrival(follower, revision) {
  for (;;) {
    const message = await follower.next();
    if (message.revision >= revision) return message;
  }
}

async function measureWrites(server, database, count) {
  const follower = new Child('follower.mjs', { args: [server.url, SECRETS.server] });
  await follower.next();
  const times = [];
  let revision = Number((await database.query(NEWEST)).rows[0].revision);
  for (let i = 0; i < count + WARM_UP; i++) {
    revision += 1;
    const applied = arrival(follower, revision);
    const { sentAt, acceptedAt } = await server.call('PUT', configPath(0), halfOf(i % 2 === 1));
    const { at } = await applied;
    const { rows } = await database.query(COMMITTED, [revision]);
    if (i >= WARM_UP) times.push({ sent: at - sentAt, accepted: Math.max(0, at - acceptedAt), committed: at - rows[0].at });
    await pause(5);
  }
  await follower.stop('SIGKILL');
  const of = (name) => ({
    p50: quantile(
      times.map((time) => time[name]),
      0.5,
    ),
    p99: quantile(
      times.map((time) => time[name]),
      0.99,
    ),
  });
  return { sent: of('sent'), accepted: of('accepted'), committed: of('committed') };
}

/** Bytes of the delta of one changed flag, as the door for polls sends it. */
async function deltaBytes(server) {
  const { revision } = await server.snapshot();
  await server.call('PUT', configPath(0), halfOf(false));
  for (;;) {
    const answer = await fetch(`${server.url}/sdk/v1/changes?since=${revision}`, {
      headers: { authorization: `Bearer ${SECRETS.server}` },
    });
    if (answer.status === 200) {
      await server.call('PUT', configPath(0), halfOf(true));
      return (await answer.arrayBuffer()).byteLength;
    }
    await pause(10);
  }
}

/** With one flag, and with a thousand. */
export async function measurePropagation(postgres) {
  const databaseUrl = await postgres.database('propagation');
  const server = await BallastServer.start({ databaseUrl, port: await freePort() });
  const database = await connected(databaseUrl);
  try {
    await server.fill(0, 1);
    const one = { ...(await measureWrites(server, database, WRITES)), bytes: await deltaBytes(server) };
    await server.fill(1, FLAGS);
    const many = { ...(await measureWrites(server, database, WRITES)), bytes: await deltaBytes(server) };
    return { one, many };
  } finally {
    await database.end();
    await server.stop('SIGKILL');
  }
}
