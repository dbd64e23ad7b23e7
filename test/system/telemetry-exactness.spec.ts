import type { CounterRow } from '@ballast/protocol';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { aServerProcess, type ServerProcess } from '../harness/a-server-process.js';
import { aDatabase, api, SECRETS, type TestDatabase } from '../harness/index.js';

const CLIENTS = 8;
const AT_ONCE = 4;
const EACH = 625;
const BATCHES = CLIENTS * EACH;

let database: TestDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await aDatabase();
  server = await aServerProcess({ databaseUrl: database.url });
  const admin = api({ url: server.url, adminToken: SECRETS.adminToken });
  const flag = { key: 'counted', type: 'boolean', kind: 'config', variants: { on: true, off: false }, owner: 'shop' };
  expect(await admin.post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  const known = { ...envelope('probe', 0), rows: [{ ...row(0, 'on'), exposures: 0, ok: 0, err: 0, hist: [] }] };
  await vi.waitFor(
    async () => expect(await deliver(JSON.stringify({ ...known, seq: Date.now() }))).toMatchObject({ rejectedRows: 0 }),
    10_000,
  );
  await database.query('TRUNCATE rollup, rollup_minute, rollup_hour, rollup_day');
}, 60_000);

afterAll(async () => {
  await server.stop();
  await database.drop();
});

const now = Date.now();

function row(seq: number, variant: string): CounterRow {
  const t0 = now - (now % 10_000) - 10_000 * (seq % 500);
  return {
    flag: 'counted',
    version: 1,
    variant,
    reason: 'SPLIT',
    t0,
    exposures: 1 + (seq % 7),
    ok: 2 + (seq % 5),
    err: seq % 3,
    hist: [1 + (seq % 20), 2],
  };
}

function envelope(instance: string, seq: number) {
  return { v: 1, instance, seq, sentAt: now, rows: [row(seq, 'on'), row(seq, 'off')], unknown: {}, dropped: 0 };
}

/** The answer, or null when there was none. */
async function deliver(body: string): Promise<Record<string, unknown> | null> {
  const headers = { authorization: `Bearer ${SECRETS.serverKey}`, 'content-type': 'application/json' };
  try {
    const response = await fetch(`${server.url}/sdk/v1/telemetry`, { method: 'POST', headers, body });
    if (!response.ok && response.status < 500 && response.status !== 429) throw new TypeError(await response.text());
    return response.ok ? ((await response.json()) as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

it('counts every batch once, to the unit, at every resolution, although it is delivered again and the server is killed twice', async () => {
  let acknowledged = 0;
  let unanswered = 0;
  const kills = [Math.floor(BATCHES / 3), Math.floor((2 * BATCHES) / 3)];
  let restarting: Promise<unknown> = Promise.resolve();
  const untilTaken = async (body: string) => {
    while ((await deliver(body)) === null) {
      unanswered += 1;
      await restarting;
    }
    acknowledged += 1;
    if (acknowledged !== kills[0]) return;
    kills.shift();
    restarting = server.kill().then(() => server.start());
  };
  const client = async (number: number) => {
    let next = 0;
    const lane = async () => {
      for (let seq = next++; seq < EACH; seq = next++) {
        const body = JSON.stringify(envelope(`client-${number}`, seq));
        await untilTaken(body);
        if (seq % 10 < 3) await untilTaken(body);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  expect(kills).toEqual([]);
  expect(unanswered).toBeGreaterThan(0);
  const wanted = { exposures: 0, ok: 0, err: 0, hist: 0 };
  for (let seq = 0; seq < EACH; seq++) {
    wanted.exposures += 2 * CLIENTS * (1 + (seq % 7));
    wanted.ok += 2 * CLIENTS * (2 + (seq % 5));
    wanted.err += 2 * CLIENTS * (seq % 3);
    wanted.hist += 2 * CLIENTS * 2;
  }
  for (const table of ['counted', 'counted_minute', 'counted_hour', 'counted_day']) {
    const sums = await database.query(
      `SELECT sum(exposures)::int AS exposures, sum(ok)::int AS ok, sum(err)::int AS err,
         (SELECT sum(count_of(packed))::int FROM ${table}, unnest(hist) AS packed) AS hist FROM ${table}`,
    );
    expect(sums, table).toEqual([wanted]);
  }
  const senders = await database.query(
    "SELECT received::text AS received FROM telemetry_instance WHERE instance LIKE 'client-%' GROUP BY 1",
  );
  expect(senders).toEqual([{ received: `{[0,${EACH})}` }]);
}, 120_000);
