// Ten thousand clients: what a change costs them beside a bare broadcast, what they weigh, how they come back.
import { median } from '../statistics.mjs';
import { Child } from './child.mjs';
import { now, pause } from './clock.mjs';
import { Clients } from './crowd.mjs';
import { BallastServer, configPath, connected, freePort, halfOf, SECRETS } from './place.mjs';

const CLIENTS = 10_000;
const STEPS = [2_500, 5_000, CLIENTS];
const ROUNDS = 15;
const STEP_ROUNDS = 5;
const FLAGS = 10;

/** Everybody who is connected to somebody, and the way a change goes to each side. */
class Stage {
  static async open(postgres) {
    const stage = new Stage();
    stage.databaseUrl = await postgres.database('fan_out');
    [stage.port, stage.barePort] = [await freePort(), await freePort()];
    stage.server = await BallastServer.start({ databaseUrl: stage.databaseUrl, port: stage.port });
    stage.bare = new Child('bare.mjs', { args: [String(stage.barePort), stage.databaseUrl] });
    await stage.bare.next();
    await stage.server.fill(0, FLAGS);
    stage.database = await connected(stage.databaseUrl);
    await stage.database.query('create table bare_commit (revision bigint primary key)');
    const { rows } = await stage.database.query("select id from environment where key = 'development'");
    stage.environmentId = rows[0].id;
    stage.clients = new Clients();
    await stage.#invite();
    return stage;
  }

  async #invite() {
    const snapshot = await this.server.snapshot();
    this.revision = snapshot.revision;
    this.environment = snapshot.environment;
    const url = `ws://127.0.0.1:${this.port}/socket.io/?EIO=4&transport=websocket`;
    const ballast = { url, auth: { key: SECRETS.server }, snapshotUrl: `http://127.0.0.1:${this.port}/sdk/v1/snapshot` };
    await this.clients.open({ name: 'ballast', ...ballast, snapshot });
    await this.clients.open({ name: 'bare', url: `ws://127.0.0.1:${this.barePort}/`, snapshot });
  }

  /** One change through the API: milliseconds from its commit to the last client, and what it took the server. */
  async change() {
    this.revision += 1;
    const [ran, reached] = [await this.server.ran(), this.clients.expect('ballast', this.revision)];
    await this.server.call('PUT', configPath(1), halfOf(this.revision % 2 === 0));
    const { first, last } = await reached;
    const cpu = (await this.server.ran()) - ran;
    const committed = 'extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as at';
    const where = [this.environmentId, this.revision];
    const { rows } = await this.database.query(`select *, ${committed} from change where environment_id = $1 and revision = $2`, where);
    return { row: rows[0], first: first - rows[0].at, last: last - rows[0].at, cpu };
  }

  /** The same bytes from the bare server, which hears of them by a commit too. */
  async broadcast({ server, server_checksum: checksum }) {
    const delta = { environment: this.environment, from: this.revision - 1, to: this.revision, checksum: Number(checksum) };
    const text = `42/sdk,${JSON.stringify(['delta', { ...delta, changes: JSON.parse(server) }])}`;
    const reached = this.clients.expect('bare', this.revision);
    await this.database.query('begin');
    await this.database.query('insert into bare_commit values ($1)', [this.revision]);
    await this.database.query("select pg_notify('bare', $1)", [text]);
    await this.database.query('commit');
    const { last } = await reached;
    const committed = 'select extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as at from bare_commit where revision = $1';
    const { rows } = await this.database.query(committed, [this.revision]);
    return last - rows[0].at;
  }

  async close() {
    await this.clients.stop();
    await this.bare.stop('SIGKILL');
    await this.server.stop('SIGKILL');
    await this.database.end();
  }
}

/** Rounds of both in turn: medians. */
async function rounds(stage, count) {
  const [ours, theirs, first, cpu] = [[], [], [], []];
  for (let i = 0; i < count; i++) {
    const change = await stage.change();
    ours.push(change.last);
    first.push(change.first);
    cpu.push(change.cpu);
    theirs.push(await stage.broadcast(change.row));
    // The receipts of one round are not part of the next.
    await pause(150);
  }
  const ratio = median(ours.map((ms, i) => ms / theirs[i]));
  return { ours: median(ours), theirs: median(theirs), ratio, first: median(first), cpu: median(cpu) };
}

/** Scans of the table that snapshots are loaded from, as PostgreSQL counts them. */
async function snapshotQueries({ database }) {
  await database.query('select pg_stat_clear_snapshot()');
  const { rows } = await database.query("select seq_scan + idx_scan as scans from pg_stat_user_tables where relname = 'snapshot_entry'");
  return Number(rows[0].scans);
}

/**
 * The server is killed, the world goes on elsewhere, and it starts again: everybody comes back at once, behind by two changes, a tenth of them with empty
 * hands.
 */
async function comeBack(stage) {
  const other = await BallastServer.start({ databaseUrl: stage.databaseUrl, port: await freePort() });
  await stage.clients.persist('ballast', 0.1);
  await stage.server.stop('SIGKILL');
  for (const on of [false, true]) await other.call('PUT', configPath(2), halfOf(on));
  stage.revision += 2;
  await other.stop();
  await pause(2_500);
  const before = await snapshotQueries(stage);
  const began = now();
  stage.server = await BallastServer.start({ databaseUrl: stage.databaseUrl, port: stage.port });
  const startedAt = now();
  const { last, fetched } = await stage.clients.back('ballast', stage.revision);
  await pause(1_200);
  return {
    seconds: (last - began) / 1_000,
    afterStart: (last - startedAt) / 1_000,
    fetched,
    queries: (await snapshotQueries(stage)) - before,
    environments: Number((await stage.database.query('select count(*) as n from environment')).rows[0].n),
  };
}

/** Everything that is measured with many clients. */
export async function measureFanOut(postgres) {
  const stage = await Stage.open(postgres);
  try {
    const idle = await stage.server.measure();
    const steps = [];
    for (const clients of STEPS) {
      const snapshot = await stage.server.snapshot();
      const [ran, newcomers] = [await stage.server.ran(), clients - (steps.at(-1)?.clients ?? 0)];
      await stage.clients.fill('ballast', clients, snapshot);
      const connecting = ((await stage.server.ran()) - ran) / newcomers;
      await pause(500);
      const { rss, heapUsed } = await stage.server.measure();
      await stage.clients.fill('bare', clients, snapshot);
      steps.push({ clients, rss, heapUsed, connecting, ...(await rounds(stage, clients === CLIENTS ? ROUNDS : STEP_ROUNDS)) });
    }
    const used = await stage.server.measure();
    const bytes = await stage.clients.bytes('ballast');
    return { idle, steps, used, bytes, back: await comeBack(stage) };
  } finally {
    await stage.close();
  }
}
