import { afterAll, beforeAll, expect, it } from 'vitest';
import { CarryOver } from '../../apps/server/src/telemetry/carry-over.ticker.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const TABLES = ['counter', 'counter_minute', 'counter_hour', 'counter_day'];
const VIEWS = TABLES.map((table) => table.replace('counter', 'counted'));
const WIDTHS = ['10 seconds', '1 minute', '1 hour', '1 day'];
const FLAGS = 7;
const AT_ONCE = 40;

let server: TestServer;
let environmentId: string;

beforeAll(async () => {
  server = await aServer();
  const [row] = await server.database.query<{ id: string }>("SELECT id FROM environment WHERE key = 'development'");
  environmentId = row?.id ?? '';
  await server.database.query("SELECT ensure_counter_partitions(now() - interval '6 days', now())");
});

afterAll(() => server.stop());

/** What a server of the release before commits about one slot: the same counts at every resolution. */
async function commitLikeBefore(number: number, agoSeconds: number): Promise<void> {
  const inserts = TABLES.map(
    (table, level) => `
    level_${level} AS (INSERT INTO ${table} AS c (environment_id, flag, slot, version, variant, reason, stage, trust, exposures, exposures_first, ok, err,
      err_first, slow_ms, slow_n, retries, open_ms, validated, invalid, hist_idx, hist_n)
    SELECT $1, 'former-' || $2 % ${FLAGS}, date_bin('${WIDTHS[level]}', now() - make_interval(secs => $3), '2000-01-01Z'), 3, 'on', 'SPLIT', '', 'server',
      $2, 1, 2, 3, 1, '{500}', '{2}', 4, 5, 6, 1, '{3,90}', array[1, $2]
    ON CONFLICT (environment_id, flag, slot, version, variant, reason, stage, trust) DO UPDATE SET
      exposures = c.exposures + excluded.exposures, exposures_first = c.exposures_first + excluded.exposures_first, ok = c.ok + excluded.ok,
      err = c.err + excluded.err, err_first = c.err_first + excluded.err_first, retries = c.retries + excluded.retries,
      open_ms = c.open_ms + excluded.open_ms, validated = c.validated + excluded.validated, invalid = c.invalid + excluded.invalid,
      slow_n = array[c.slow_n[1] + excluded.slow_n[1]], hist_n = array[c.hist_n[1] + excluded.hist_n[1], c.hist_n[2] + excluded.hist_n[2]])`,
  );
  await server.database.query(`WITH ${inserts.join(', ')} SELECT 1`, [environmentId, number, agoSeconds]);
}

function sumsOf(view: string): Promise<Record<string, unknown>[]> {
  return server.database.query(
    `SELECT flag, sum(exposures)::int AS exposures, sum(exposures_first)::int AS first, sum(ok)::int AS ok, sum(err)::int AS err,
       sum(err_first)::int AS "errFirst", sum(retries)::int AS retries, sum(open_ms)::int AS open, sum(validated)::int AS validated,
       sum(invalid)::int AS invalid, sum((SELECT sum(count_of(p)) FROM unnest(slow) AS p WHERE place_of(p) = 500))::int AS slow,
       sum((SELECT sum(count_of(p)) FROM unnest(hist) AS p WHERE place_of(p) = 90))::int AS late
     FROM ${view} WHERE flag LIKE 'former-%' GROUP BY flag ORDER BY flag`,
  );
}

it('carries everything over to the unit, while a server of the release before goes on counting and others read', {
  timeout: 60_000,
}, async () => {
  const carryOver = server.app.get(CarryOver, { strict: false });
  const wanted = new Map<string, { exposures: number; commits: number }>();
  let number = 0;
  const write = async () => {
    number += 1;
    const own = number;
    const flag = `former-${own % FLAGS}`;
    await commitLikeBefore(own, (own % 57) * 3_000);
    const sum = wanted.get(flag) ?? { exposures: 0, commits: 0 };
    wanted.set(flag, { exposures: sum.exposures + own, commits: sum.commits + 1 });
  };
  for (let i = 0; i < 200; i++) await write();
  let isWriting = true;
  const writing = (async () => {
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: AT_ONCE }, write));
    isWriting = false;
  })();
  let least = 0;
  while (isWriting) {
    await carryOver.carry();
    const [row] = await server.database.query<{ n: number }>("SELECT sum(exposures)::int AS n FROM counted WHERE flag LIKE 'former-%'");
    expect(row?.n).toBeGreaterThanOrEqual(least);
    least = row?.n ?? 0;
  }
  await writing;
  await carryOver.carry();
  const sums = [...wanted].sort().map(([flag, { exposures, commits }]) => ({
    flag,
    exposures,
    first: commits,
    ok: 2 * commits,
    err: 3 * commits,
    errFirst: commits,
    retries: 4 * commits,
    open: 5 * commits,
    validated: 6 * commits,
    invalid: commits,
    slow: 2 * commits,
    late: exposures,
  }));
  for (const view of VIEWS) expect(await sumsOf(view), view).toEqual(sums);
  for (const table of TABLES) expect(await server.database.query(`SELECT 1 FROM ${table} LIMIT 1`), table).toEqual([]);
  const { body } = await api(server).get('/api/v1/telemetry/storage');
  expect(body.levels.map(({ table }: { table: string }) => table)).toEqual(TABLES);
});

it('drops the partitions that can be written no more, and keeps the others for servers of the release before', async () => {
  const names = () =>
    server.database.query("SELECT name FROM counter_partition WHERE level = 'counter' AND until < now() - interval '51 hours'");
  await server.app.get(CarryOver, { strict: false }).carry();
  expect(await names()).toEqual([]);
  expect(
    await server.database.query("SELECT 1 FROM counter_partition WHERE level = 'counter' AND since <= now() AND until > now()"),
  ).toHaveLength(1);
});
