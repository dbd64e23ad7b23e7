// How much room counters take: a million evaluations of a hundred flags, in ten minutes; and what is kept of them in the end.
import { BallastServer, connected, freePort, SECRETS } from '../stream/place.mjs';
import { rowOf, TIMED } from './bodies.mjs';

const SLOT = 10_000;
const FLAGS = 100;
const SLOTS = 60;
const EVALUATIONS = 1_000_000;
const ROWS_PER_BATCH = 200;
/** Slots of each resolution that are kept under the default retention, partitions that are not yet over among them. */
const KEPT = { rollup: (50 + 24) * 360, rollup_minute: 15 * 1_440, rollup_hour: 431 * 24, rollup_day: 6 * 366 };

async function send(server, seq, rows) {
  const response = await fetch(`${server.url}/sdk/v1/telemetry`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.server}`, 'content-type': 'application/json' },
    body: JSON.stringify({ v: 1, instance: 'disk', seq, sentAt: Date.now(), rows, unknown: {}, dropped: 0 }),
  });
  const answer = await response.json();
  if (answer.accepted !== 1 || answer.rejectedRows !== 0) throw new Error(`not counted: ${JSON.stringify(answer)}`);
}

async function sizes(database) {
  const { rows } = await database.query(
    'select level, sum(pg_total_relation_size(partition))::float8 as bytes from counter_partition group by level',
  );
  return new Map(rows.map(({ level, bytes }) => [level, bytes]));
}

function evaluations(now) {
  const first = now - (now % (SLOTS * SLOT)) - SLOTS * SLOT;
  const exposures = EVALUATIONS / (FLAGS * 2 * SLOTS);
  return Array.from({ length: SLOTS }, (_, slot) =>
    Array.from({ length: 2 * FLAGS }, (__, i) =>
      rowOf(`flag-${i >> 1}`, {
        t0: first + slot * SLOT,
        ...TIMED,
        variant: i % 2 ? 'on' : 'off',
        exposures: slot % 3 === 0 ? Math.ceil(exposures) : Math.floor(exposures),
      }),
    ),
  ).flat();
}

/** Bytes of a million evaluations, and the most that a hundred flags with two variants ever take. */
export async function measureDisk(postgres) {
  const databaseUrl = await postgres.database('disk');
  const server = await BallastServer.start({ databaseUrl, port: await freePort() });
  await server.fill(0, FLAGS);
  const database = await connected(databaseUrl);
  const before = await sizes(database);
  const rows = evaluations(Date.now());
  for (let seq = 0; rows.length > 0; seq++) await send(server, seq, rows.splice(0, ROWS_PER_BATCH));
  await database.query('vacuum');
  const after = await sizes(database);
  const levels = [];
  for (const [table, slots] of Object.entries(KEPT)) {
    const [{ count }] = (await database.query(`select count(*)::float8 as count from ${table}`)).rows;
    const bytes = after.get(table) - before.get(table);
    levels.push({ table, rows: count, bytes, perRow: bytes / count, ceiling: (bytes / count) * slots * 2 * FLAGS });
  }
  await database.end();
  await server.stop('SIGKILL');
  const sum = (of) => levels.reduce((total, level) => total + of(level), 0);
  return { levels, perMillion: sum(({ bytes }) => bytes), ceiling: sum(({ ceiling }) => ceiling) };
}
