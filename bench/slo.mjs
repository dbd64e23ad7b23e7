// What evaluating objectives and asking for health cost, with the code of the server over a database as large as default retention keeps it.
import 'reflect-metadata';
import { createApp } from '../apps/server/dist/app.js';
import { ADVISORY_LOCKS, migrate } from '../apps/server/dist/database/index.js';
import { Term } from '../apps/server/dist/database/term.js';
import { serverLog } from '../apps/server/dist/log.js';
import { seed } from '../apps/server/dist/seed.js';
import { readSettings } from '../apps/server/dist/settings/index.js';
import { BurnTicker } from '../apps/server/dist/slo/index.js';
import { connected, SECRETS, startPostgres } from './stream/place.mjs';

const FLAGS = 100;
const VARIANTS = ['on', 'off'];
const OBJECTIVES = 500;
const MINUTE_DAYS = 14;
const DAYS = 30;
const ROUNDS = 15;
const QUERIES = 60;
const ROUND_BAR_MS = 1_000;
const HEALTH_BAR_MS = 50;

/** Counters of every series: minutes as long as they are kept, hours and days beyond, with 60 buckets of latency (10 in a minute). */
async function fill(database, environmentId, say) {
  await database.query('select ensure_rollup_partitions(now() - $1::interval, now())', [`${DAYS + 1} days`]);
  await database.query(
    `insert into telemetry_series (environment_id, flag, version, variant, reason, stage, trust, seen_at)
     select $1, 'flag-' || f, 1, variant, 'SPLIT', '', 'server', now() from generate_series(1, $2::int) as f, unnest($3::text[]) as variant`,
    [environmentId, FLAGS, VARIANTS],
  );
  const levels = [
    ['minute', MINUTE_DAYS, 1],
    ['hour', DAYS, 60],
    ['day', DAYS, 1_440],
  ];
  for (const [level, days, minutes] of levels) {
    say(`fills ${level}s of ${days} days`);
    await database.query(
      `insert into rollup_${level} (series, slot, exposures, ok, err, slow, hist)
       select id, at, 100 * $1::int, 99 * $1::int, $1::int, array[(500::bigint << 40) | (2 * $1::int)],
         array(select (i::bigint << 40) | (2 * $1::int) from generate_series($3::int, 149) as i)
       from generate_series(date_trunc('${level}', now() - $2::interval, 'UTC'), now(), '1 ${level}') as at, telemetry_series`,
      [minutes, `${days} days`, level === 'minute' ? 140 : 90],
    );
  }
  await database.query(
    `insert into flag (project_id, key, name, kind, type, variants, safe_variant, owner, tags, salt, created_by)
     select (select project_id from environment where id = $1), 'flag-' || f, 'flag', 'config', 'boolean', '{"on": true, "off": false}', 'off', 'bench', '{}', 's', 'bench'
     from generate_series(1, $2::int) as f`,
    [environmentId, FLAGS],
  );
  await database.query('analyze');
}

/** Success, latency and one variant's objectives on every flag, with all kinds of windows. */
async function addObjectives(database, environmentId) {
  const presets = ['default', 'google-30d'];
  const documents = Array.from({ length: OBJECTIVES }, (_, i) => {
    const flag = `flag-${(i % FLAGS) + 1}`;
    return {
      name: `objective-${i}`,
      owner: 'bench',
      scope: i % 5 === 4 ? { kind: 'variant', flag, variant: 'on' } : { kind: 'flag', flag },
      indicator: i % 3 === 2 ? { kind: 'latency', thresholdMs: 500 } : { kind: 'success' },
      target: i % 3 === 2 ? 0.95 : 0.99,
      period: { kind: 'rolling', days: i % 2 === 0 ? 30 : 28 },
      alerting: { preset: presets[i % 2] },
      runbook: 'https://runbooks.example',
      policy: [],
    };
  });
  await database.query(
    `insert into objective (project_id, environment_id, name, flag, document)
     select (select project_id from environment where id = $1), $1, each ->> 'name', each #>> '{scope,flag}', each - 'name'
     from jsonb_array_elements($2::jsonb) as each`,
    [environmentId, JSON.stringify(documents)],
  );
}

async function termOf(database) {
  for (;;) {
    const { rows } = await database.query(
      "select pid from pg_locks where locktype = 'advisory' and objid = $1 and granted and database = (select oid from pg_database where datname = current_database())",
      [ADVISORY_LOCKS.leader],
    );
    if (rows.length === 1) return new Term(rows[0].pid, new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Milliseconds of each run, sorted; the first runs warm up. */
async function timed(runs, work) {
  const times = [];
  for (let run = -3; run < runs; run += 1) {
    const began = performance.now();
    await work();
    if (run >= 0) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

const middle = (times) => times[Math.floor(times.length / 2)];
const late = (times) => times[Math.ceil(times.length * 0.95) - 1];

async function measured(database, app) {
  const term = await termOf(database);
  const ticker = app.get(BurnTicker);
  const rounds = await timed(ROUNDS, () => ticker.round(term));
  const { rows } = await database.query("select count(*)::int as n from objective_state where state <> 'no_data'");
  if (rows[0].n !== OBJECTIVES) throw new Error(`${rows[0].n} objectives have data`);
  const url = `${await app.getUrl()}/api/v1/projects/default/flags/flag-7/environments/development/health`;
  const ask = async (query) => {
    const from = new Date(Date.now() - DAYS * 86_400_000).toISOString();
    const response = await fetch(`${url}?from=${from}${query}`, { headers: { authorization: `Bearer ${SECRETS.admin}` } });
    const body = await response.json();
    if (response.status !== 200 || body.series.length < DAYS) throw new Error(JSON.stringify(body).slice(0, 300));
  };
  return { rounds, days: await timed(QUERIES, () => ask('')), hours: await timed(QUERIES, () => ask('&step=1h')) };
}

/** Rows and text for the report on telemetry. */
export async function measureObjectives(say = () => undefined) {
  const postgres = await startPostgres();
  try {
    const url = await postgres.database('objectives');
    await migrate(url);
    const settings = readSettings({
      DATABASE_URL: url,
      PORT: '0',
      BALLAST_LOG_LEVEL: 'error',
      BALLAST_ADMIN_TOKEN: SECRETS.admin,
      BALLAST_SERVER_KEY: SECRETS.server,
      BALLAST_CLIENT_KEY: SECRETS.client,
    });
    const app = await createApp(settings, { log: serverLog('error') });
    const database = await connected(url);
    try {
      await seed(app, settings);
      await app.listen(0, '127.0.0.1');
      const { rows } = await database.query("select id from environment where key = 'development'");
      await fill(database, rows[0].id, say);
      await addObjectives(database, rows[0].id);
      say('evaluates objectives');
      return report(await measured(database, app));
    } finally {
      await database.end();
      await app.close();
    }
  } finally {
    await postgres.stop();
  }
}

function report({ rounds, days, hours }) {
  const row = (what, ours, bar) => ({
    what,
    ours,
    peer: null,
    ratio: null,
    bar: `≤ ${bar}`,
    met: ours <= bar,
  });
  return {
    rows: [
      row('500 objectives over 200 series, one round, 95th percentile, ms', late(rounds), ROUND_BAR_MS),
      row('health of one flag over 30 days, in days, 95th percentile over HTTP, ms', late(days), HEALTH_BAR_MS),
      row('health of one flag over 30 days, in hours, 95th percentile over HTTP, ms', late(hours), HEALTH_BAR_MS),
    ],
    text: `Objectives: ${FLAGS} flags of ${VARIANTS.length} variants, minutes of ${MINUTE_DAYS} days as they are kept, hours and days of ${DAYS} days; half of the objectives have the windows of \`google-30d\`, a third is about latency. A round reads, decides and saves; its median is ${Math.round(middle(rounds))} ms. Medians of the health queries are ${Math.round(middle(days))} ms in days and ${Math.round(middle(hours))} ms in hours.`,
  };
}
