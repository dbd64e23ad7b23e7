// Batches per second, acknowledged after they are committed, beside Unleash's metrics, acknowledged before anything is written.
import { median } from '../statistics.mjs';
import { Child } from '../stream/child.mjs';
import { BallastServer, freePort } from '../stream/place.mjs';
import { TOKEN, Unleash } from '../stream/requests.mjs';
import { batchRequest, metricsRequest, TIMED } from './bodies.mjs';

const FLAGS = 20;
const ROUNDS = 3;
const ROUND_MS = 3_000;
const CONNECTIONS = 200;

/** Both servers run; one of them is written to at a time, in turn. */
export async function measureAcknowledged(postgres) {
  const server = await BallastServer.start({ databaseUrl: await postgres.database('acknowledged'), port: await freePort() });
  await server.fill(0, FLAGS);
  const unleash = await Unleash.open(postgres);
  await unleash.fill(FLAGS);
  const load = new Child(new URL('senders.mjs', import.meta.url).pathname);
  const sides = [
    () => load.ask({ port: server.port, connections: CONNECTIONS, ms: ROUND_MS, ...batchRequest(FLAGS) }),
    () => load.ask({ port: unleash.port, connections: CONNECTIONS, ms: ROUND_MS, ...metricsRequest(FLAGS, TOKEN) }),
    () => load.ask({ port: server.port, connections: CONNECTIONS, ms: ROUND_MS, ...batchRequest(FLAGS, TIMED) }),
  ];
  try {
    for (const side of sides) await side();
    const rounds = sides.map(() => []);
    for (let i = 0; i < ROUNDS; i++) for (const [at, side] of sides.entries()) rounds[at].push((await side()).perSecond);
    const [ours, peer, timed] = rounds.map(median);
    return { ours, peer, timed };
  } finally {
    await load.stop('SIGKILL');
    await unleash.close();
    await server.stop('SIGKILL');
  }
}
