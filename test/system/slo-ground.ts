import { ADVISORY_LOCKS } from '../../apps/server/src/database/index.js';
import { Term } from '../../apps/server/src/database/term.js';
import type { TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

/** Outcomes of one variant in each minute from a moment up to, but without, another. */
export interface Outcomes {
  readonly flag: string;
  readonly variant?: string;
  readonly from: number;
  readonly to: number;
  readonly ok?: number;
  readonly err?: number;
  readonly exposures?: number;
  /** Outcomes without an error above thresholds, by threshold. */
  readonly slow?: Readonly<Record<number, number>>;
}

/** Adds outcomes to minutes, hours and days alike. */
export async function addOutcomes(server: TestServer, environmentId: string, outcomes: Outcomes): Promise<void> {
  const { flag, variant = 'on', from, to, ok = 0, err = 0, exposures = ok + err, slow = {} } = outcomes;
  const span = [new Date(from), new Date(to)];
  await server.database.query('select ensure_rollup_partitions($1, $2)', span);
  const [series] = await server.database.query<{ id: number }>(
    `insert into telemetry_series as old (environment_id, flag, version, variant, reason, stage, trust, seen_at)
     values ($1, $2, 1, $3, 'SPLIT', '', 'server', now())
     on conflict (environment_id, flag, version, variant, reason, stage, trust) do update set seen_at = old.seen_at returning id`,
    [environmentId, flag, variant],
  );
  for (const level of ['minute', 'hour', 'day']) {
    await server.database.query(
      `insert into rollup_${level} as old (slot, series, exposures, ok, err, slow)
       select slot, $1, $2 * minutes, $3 * minutes, $4 * minutes,
         (select array_agg((ms::bigint << 40) | (n * minutes) order by ms) from unnest($5::int[], $6::bigint[]) as each (ms, n))
       from (
         select date_trunc('${level}', at, 'UTC') as slot, count(*) as minutes
         from generate_series($7::timestamptz, $8::timestamptz - interval '1 minute', '1 minute') as at group by 1
       ) as slots
       on conflict (series, slot) do update
       set exposures = old.exposures + excluded.exposures, ok = old.ok + excluded.ok, err = old.err + excluded.err,
         slow = (select array_agg(a + count_of(b) order by a) from unnest(old.slow, excluded.slow) as each (a, b))`,
      [series?.id, exposures, ok, err, Object.keys(slow).map(Number), Object.values(slow), ...span],
    );
  }
}

/** The term of the server that leads. */
export async function currentTerm(server: TestServer): Promise<Term> {
  const rows = await until(
    () =>
      server.database.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and objid = $1 and granted
         and database = (select oid from pg_database where datname = current_database())`,
        [ADVISORY_LOCKS.leader],
      ),
    ({ length }) => length === 1,
  );
  const [{ pid } = { pid: 0 }] = rows;
  return new Term(pid, new AbortController().signal);
}

/** Adds tracked events of one variant to each minute from a moment up to, but without, another, at all levels. */
export async function addEvents(
  server: TestServer,
  environmentId: string,
  events: Omit<Outcomes, 'ok' | 'err'> & { readonly event: string; readonly count: number },
): Promise<void> {
  const { flag, variant = 'on', from, to, event, count } = events;
  for (const level of ['minute', 'hour', 'day']) {
    await server.database.query(
      `insert into outcome_${level} (environment_id, slot, flag, event, version, variant, stage, trust, count, sum)
       select $1, date_trunc('${level}', at, 'UTC'), $2, $3, 1, $4, '', 'server', $5 * count(*), 0
       from generate_series($6::timestamptz, $7::timestamptz - interval '1 minute', '1 minute') as at group by 2`,
      [environmentId, flag, event, variant, count, new Date(from), new Date(to)],
    );
  }
}
