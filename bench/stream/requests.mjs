// Whole snapshots by HTTP, beside Unleash with the same flags: both servers run, one of them is asked at a time, in turn.
import { median } from '../statistics.mjs';
import { Child } from './child.mjs';
import { BallastServer, connected, freePort, SECRETS } from './place.mjs';

const ROUNDS = 3;
const ROUND_MS = 2_000;
const WARM_UP_MS = 1_000;
const CONNECTIONS = 40;
export const TOKEN = '*:development.the-token-of-the-bench-0123456789abcdefghijklmnop';

/** Flags that let half of the users in; written to its tables, because its API takes minutes. */
const FILL = [
  "insert into features (name, project, type) select 'flag-' || i, 'default', 'release' from generate_series(0, $1::int - 1) i on conflict do nothing",
  "insert into feature_environments (environment, feature_name, enabled) select 'development', 'flag-' || i, true from generate_series(0, $1::int - 1) i on conflict do nothing",
  `insert into feature_strategies (id, feature_name, project_name, environment, strategy_name, parameters)
   select gen_random_uuid()::text, 'flag-' || i, 'default', 'development', 'flexibleRollout',
     jsonb_build_object('rollout', '50', 'stickiness', 'userId', 'groupId', 'flag-' || i)
   from generate_series(0, $1::int - 1) i where not exists (select 1 from feature_strategies where feature_name = 'flag-' || i)`,
];

export class Unleash {
  static async open(postgres) {
    const unleash = new Unleash();
    unleash.databaseUrl = await postgres.database('unleash');
    unleash.port = await freePort();
    await unleash.#start();
    unleash.database = await connected(unleash.databaseUrl);
    return unleash;
  }

  async #start() {
    this.child = new Child('unleash.mjs', {
      args: [String(this.port), this.databaseUrl, TOKEN],
      env: { NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
    });
    await this.child.next();
  }

  /** It reads its tables when it starts. */
  async fill(count) {
    await this.child.stop('SIGKILL');
    for (const statement of FILL) await this.database.query(statement, [count]);
    await this.#start();
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/client/features`, { headers: { authorization: TOKEN } });
    const { features } = await answer.json();
    if (features.length !== count) throw new Error(`Unleash serves ${features.length} flags`);
  }

  async close() {
    await this.child.stop('SIGKILL');
    await this.database.end();
  }
}

function requestFor(path, headers) {
  return [`GET ${path} HTTP/1.1`, 'host: localhost', 'accept-encoding: gzip', ...headers, '', ''].join('\r\n');
}

async function inTurn(load, sides) {
  const found = sides.map(() => []);
  for (const side of sides) await load.ask({ ...side, ms: WARM_UP_MS, connections: CONNECTIONS });
  for (let i = 0; i < ROUNDS; i++) {
    for (const [at, side] of sides.entries()) found[at].push(await load.ask({ ...side, ms: ROUND_MS, connections: CONNECTIONS }));
  }
  return found.map((rounds) => ({ perSecond: median(rounds.map(({ perSecond }) => perSecond)), bytes: rounds[0].bytes }));
}

/** Requests per second of both for 1 and for 1 000 flags, and of ours for whom has the snapshot already. */
export async function measureRequests(postgres) {
  const server = await BallastServer.start({ databaseUrl: await postgres.database('requests'), port: await freePort() });
  const unleash = await Unleash.open(postgres);
  const load = new Child('load.mjs');
  const results = [];
  try {
    let filled = 0;
    for (const flags of [1, 1_000]) {
      await server.fill(filled, flags);
      filled = flags;
      await unleash.fill(flags);
      const ours = { port: server.port, request: requestFor('/sdk/v1/snapshot', [`authorization: Bearer ${SECRETS.server}`]), status: 200 };
      const theirs = { port: unleash.port, request: requestFor('/api/client/features', [`authorization: ${TOKEN}`]), status: 200 };
      const [ballast, peer] = await inTurn(load, [ours, theirs]);
      results.push({ flags, ballast, peer });
    }
    return { results, matching: await measureMatching(server, load) };
  } finally {
    await load.stop('SIGKILL');
    await unleash.close();
    await server.stop('SIGKILL');
  }
}

/** Per core: per second of time that the server ran. */
async function measureMatching(server, load) {
  const authorization = `Bearer ${SECRETS.server}`;
  const etag = (await fetch(`${server.url}/sdk/v1/snapshot`, { headers: { authorization } })).headers.get('etag');
  const request = requestFor('/sdk/v1/snapshot', [`authorization: ${authorization}`, `if-none-match: ${etag}`]);
  const ran = await server.ran();
  const { perSecond } = await load.ask({ port: server.port, request, status: 304, ms: ROUND_MS, connections: CONNECTIONS });
  const seconds = ((await server.ran()) - ran) / 1_000;
  return { perSecond, perCore: (perSecond * ROUND_MS) / 1_000 / seconds };
}
