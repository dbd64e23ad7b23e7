import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { CounterRow, TelemetryEnvelope } from '@ballast/protocol';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TelemetryRetention } from '../../apps/server/src/telemetry/retention.ticker.js';
import { SendersBound } from '../../apps/server/src/telemetry/senders.ticker.js';
import { type Answer, api, aServer, type TestServer } from '../harness/index.js';

const FLAG = '/api/v1/projects/default/flags/checkout';
const EXPOSURES = `${FLAG}/environments/development/exposures`;

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  for (const key of ['checkout', 'quiet', 'flood', 'timed', 'hidden', 'shown', 'cut', 'twice', 'levels', 'forged', 'late']) {
    const flag = {
      key,
      clientVisible: ['shown', 'forged'].includes(key),
      type: 'boolean',
      kind: 'release',
      variants: { on: true, off: false },
      owner: 'shop',
      ttlDays: 30,
    };
    expect(await admin.post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  }
  // A flag is counted once the server's own snapshot knows it.
  const probe = () => send(anEnvelope({ rows: [aRow({ flag: 'twice', t0: slot() - 86_400_000, exposures: 0 })] }));
  await vi.waitFor(async () => expect((await probe()).body).toMatchObject({ rejectedRows: 0 }));
});

afterAll(async () => {
  await server.stop();
});

function slot(now = Date.now()): number {
  return now - (now % 10_000);
}

function aRow(change: Partial<CounterRow> = {}): CounterRow {
  return { flag: 'checkout', version: 1, variant: 'on', reason: 'SPLIT', t0: slot(), exposures: 1, ok: 0, err: 0, ...change };
}

let instances = 0;
function anEnvelope(change: Partial<TelemetryEnvelope> = {}): TelemetryEnvelope {
  instances += 1;
  return { v: 1, instance: `instance-${instances}`, seq: 0, sentAt: Date.now(), rows: [], unknown: {}, dropped: 0, ...change };
}

function send(body: unknown, { key = server.serverKey, url = server.url }: { key?: string; url?: string } = {}): Promise<Answer> {
  return api({ url, adminToken: key }).post('/sdk/v1/telemetry', body);
}

async function exposuresOf(flag: string): Promise<Answer['body']> {
  return (await admin.get(EXPOSURES.replace('checkout', flag))).body;
}

/** Numbers that look random and are the same in every run. */
function aSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it('counts every batch exactly once, whatever number of clients deliver it how often to whichever server', async () => {
  const other = await aServer({ database: server.database });
  await expect.poll(async () => (await fetch(`${other.url}/health/ready`)).status).toBe(200);
  const random = aSequence(7);
  const batches = Array.from({ length: 400 }, (_, seq) =>
    anEnvelope({
      instance: `client-${seq % 8}`,
      seq,
      rows: ['on', 'off'].map((variant) =>
        aRow({
          flag: 'flood',
          variant,
          t0: slot() - 10_000 * (seq % 3),
          exposures: 3,
          ok: 2,
          err: 1,
          hist: [1 + (seq % 9), 3],
          ...(seq % 2 === 0 && { exposuresFirst: 2, errFirst: 1 }),
        }),
      ),
    }),
  );
  const deliveries = batches.flatMap((batch) => Array.from({ length: 2 + Math.floor(random() * 8) }, () => batch));
  const shuffled = deliveries.map((batch) => ({ batch, at: random() })).sort((a, b) => a.at - b.at);
  let accepted = 0;
  const client = async () => {
    for (let next = shuffled.pop(); next !== undefined; next = shuffled.pop()) {
      const { status, body } = await send(next.batch, { url: shuffled.length % 2 === 0 ? server.url : other.url });
      expect(status).toBe(200);
      expect(body.accepted + Number(body.duplicate)).toBe(1);
      accepted += body.accepted;
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  await other.stop();
  expect(deliveries.length).toBeGreaterThan(2_000);
  expect(accepted).toBe(400);
  const { totals, variants } = await exposuresOf('flood');
  expect(totals).toMatchObject({ exposures: 2_400, ok: 1_600, err: 800, errorRate: 1 / 3, exposuresFirst: 800, errFirst: 400 });
  expect(variants.map(({ variant, exposures }: Answer['body']) => [variant, exposures])).toEqual([
    ['off', 1_200],
    ['on', 1_200],
  ]);
  const buckets = await server.database.query(
    "SELECT sum(count_of(packed))::int AS n FROM counted, unnest(hist) AS packed WHERE flag = 'flood'",
  );
  expect(buckets).toEqual([{ n: 2_400 }]);
}, 60_000);

it('counts once what a client delivers again because it never saw the answer', async () => {
  const batches = Array.from({ length: 60 }, (_, seq) =>
    anEnvelope({ instance: 'cut off', seq, rows: [aRow({ flag: 'cut', exposures: 5 })] }),
  );
  const cutOff = (batch: TelemetryEnvelope, keepMs: number) =>
    new Promise<void>((resolve) => {
      const headers = { authorization: `Bearer ${server.serverKey}`, 'content-type': 'application/json' };
      const sent = request(new URL('/sdk/v1/telemetry', server.url), { method: 'POST', headers });
      sent.on('error', () => resolve());
      sent.on('close', () => resolve());
      sent.end(JSON.stringify(batch), () => setTimeout(() => sent.destroy(), keepMs));
    });
  await Promise.all(batches.map((batch, index) => cutOff(batch, index % 6)));
  const answers = await Promise.all(batches.map((batch) => send(batch)));
  expect(answers.map(({ status }) => status)).toEqual(batches.map(() => 200));
  expect((await exposuresOf('cut')).totals.exposures).toBe(300);
});

it('says of a batch that came before that it is a duplicate', async () => {
  const batch = anEnvelope({ rows: [aRow({ flag: 'twice' })] });
  expect(await send(batch)).toMatchObject({ status: 200, body: { accepted: 1, duplicate: false, rejectedRows: 0, expired: 0 } });
  expect(await send(batch)).toMatchObject({ status: 200, body: { accepted: 0, duplicate: true } });
  expect((await exposuresOf('twice')).totals.exposures).toBe(1);
});

it('counts what is known and says how many rows are not', async () => {
  const rows = [aRow({ flag: 'nobody' }), aRow({ flag: 'quiet', variant: 'purple' }), aRow({ flag: 'quiet' }), aRow({ flag: '__proto__' })];
  expect((await send(anEnvelope({ rows }))).body).toMatchObject({ accepted: 1, rejectedRows: 3 });
  expect((await exposuresOf('quiet')).series).toMatchObject([{ variant: 'on', exposures: 1 }]);
});

const UNKNOWN = '/api/v1/projects/default/environments/development/telemetry';

it('lists the flags that are asked for in vain, and makes room for new ones where others are asked for no more', async () => {
  const unknown = (from: number, count = 500) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`unknown-${from + i}`, 2]));
  const flood = { key: server.clientKey };
  await send(anEnvelope({ unknown: { chekout: 5 } }));
  for (const from of [0, 500, 1_000]) await send(anEnvelope({ unknown: unknown(from) }), flood);
  const heldBy = (trust: string) =>
    server.database.query(
      `SELECT count(*) FILTER (WHERE key <> '')::int AS keys, sum(count)::int AS counts, (sum(count) FILTER (WHERE key = ''))::int AS others
       FROM unknown_flag WHERE trust = $1`,
      [trust],
    );
  expect(await heldBy('client')).toEqual([{ keys: 1_000, counts: 3_000, others: 1_000 }]);
  await server.database.query("UPDATE unknown_flag SET last_seen_at = now() - interval '2 hours' WHERE key LIKE 'unknown-1%'");
  await send(anEnvelope({ unknown: { ...unknown(1, 1), 'cart-': 9, checkout: 1 } }), flood);
  expect(await heldBy('client')).toEqual([{ keys: 1_000, counts: 3_012 - 4, others: 1_000 }]);
  const { body } = await admin.get(UNKNOWN);
  const of = (keys: string) => body.unknown.filter((each: { keys: string }) => each.keys === keys);
  expect(of('server')).toContainEqual(expect.objectContaining({ flag: 'chekout', evaluations: 5, isHidden: false }));
  expect(of('client')).toHaveLength(100);
  expect(of('client')[0]).toMatchObject({ flag: 'cart-', evaluations: 9, isHidden: false });
  await server.database.query("UPDATE unknown_flag SET count = 99 WHERE key = 'checkout'");
  await server.database.query("UPDATE unknown_flag SET last_seen_at = now() - interval '15 days' WHERE key = 'chekout'");
  await server.app.get(SendersBound, { strict: false }).keep(1_000_000);
  const after = (await admin.get(UNKNOWN)).body.unknown;
  expect(after).not.toContainEqual(expect.objectContaining({ flag: 'chekout' }));
  expect(after).toContainEqual(expect.objectContaining({ flag: 'checkout', keys: 'client', isHidden: true }));
});

it('refuses a batch whose slots are older than claims are kept', async () => {
  const row = aRow({ t0: slot() - 49 * 3_600_000 });
  expect(await send(anEnvelope({ rows: [row] }))).toMatchObject({ status: 410, body: { code: 'telemetry.expired' } });
});

it('moves the slots of a client whose clock is wrong to where they belong', async () => {
  const wrong = Date.now() - 7_200_000;
  await send(anEnvelope({ sentAt: wrong, rows: [aRow({ flag: 'timed', variant: 'off', t0: slot(wrong) })] }));
  const { slots } = await exposuresOf('timed');
  expect(slots).toHaveLength(1);
  expect(Date.now() - Date.parse(slots[0].at)).toBeLessThan(60_000);
});

it('answers counts, error rates and latencies by variant, version and time', async () => {
  const now = slot();
  const rows = [
    aRow({ flag: 'timed', version: 1, variant: 'on', t0: now - 60_000, exposures: 100, ok: 90, err: 10, hist: [107, 100] }),
    aRow({ flag: 'timed', version: 2, variant: 'on', t0: now - 30_000, exposures: 10, ok: 10, hist: [160, 10] }),
  ];
  await send(anEnvelope({ rows }));
  const query = new URLSearchParams({ from: new Date(now - 600_000).toISOString(), to: new Date(now - 10_000).toISOString() });
  const { status, body } = await admin.get(`${EXPOSURES.replace('checkout', 'timed')}?${query}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    flag: 'timed',
    environment: 'default/development',
    stepSeconds: 10,
    isComplete: true,
    totals: { exposures: 110, ok: 100, err: 10, errorRate: 1 / 11 },
    variants: [{ variant: 'on', exposures: 110 }],
    series: [
      { version: 1, variant: 'on', reason: 'SPLIT', stage: null, exposures: 100, errorRate: 0.1 },
      { version: 2, variant: 'on', exposures: 10, errorRate: 0 },
    ],
    slots: [
      { at: new Date(now - 60_000).toISOString(), variant: 'on', exposures: 100 },
      { at: new Date(now - 30_000).toISOString(), variant: 'on', exposures: 10 },
    ],
  });
  const { p50, p95, p99 } = body.variants[0].latency;
  expect([p50 / 100, p95 / 1_000, p99 / 1_000].every((ratio) => Math.abs(ratio - 1) < 0.022)).toBe(true);
});

it.each([
  ['from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z', 400],
  ['from=2026-11-01T00:00:00Z&to=2026-11-21T00:00:00Z', 400],
  ['from=yesterday', 400],
  ['since=2026-11-21T00:00:00Z', 400],
])('refuses the range %s', async (query, status) => {
  expect(await admin.get(`${EXPOSURES}?${query}`)).toMatchObject({ status, body: { code: 'request.invalid' } });
});

it.each(['nobody', '__proto__', 'a%00b'])('has no exposures of the flag %s', async (flag) => {
  expect(await admin.get(EXPOSURES.replace('checkout', flag))).toMatchObject({ status: 404, body: { code: 'flag.not_found' } });
});

it.each([
  ['no object', 7],
  ['a negative count', anEnvelope({ rows: [aRow({ exposures: -1 })] })],
  ['half a count', anEnvelope({ rows: [aRow({ ok: 0.5 })] })],
  ['more rows than fit', anEnvelope({ rows: Array(501).fill(aRow({ flag: 'a' })) })],
  ['an instance that cannot be stored', anEnvelope({ instance: 'a\0b' })],
  ['an instance that is half a character', anEnvelope({ instance: 'a\ud800' })],
  ['several batches', [anEnvelope()]],
])('refuses %s', async (_, body) => {
  expect(await send(body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
});

it('neither counts nor tells of a flag that a public key does not show', async () => {
  const answerTo = async (flag: string) => (await send(anEnvelope({ rows: [aRow({ flag })] }), { key: server.clientKey })).body;
  expect(await answerTo('hidden')).toEqual(await answerTo('nobody'));
  expect((await exposuresOf('hidden')).totals.exposures).toBe(0);
  expect(await answerTo('shown')).toMatchObject({ accepted: 1, rejectedRows: 0 });
});

it('takes the counts of browsers, and nobody else', async () => {
  expect(await send(anEnvelope(), { key: server.clientKey })).toMatchObject({ status: 200 });
  expect(await send(anEnvelope(), { key: 'a-key-that-nobody-has' })).toMatchObject({ status: 401, body: { code: 'auth.invalid' } });
  expect(await send(anEnvelope(), { key: server.adminToken })).toMatchObject({ status: 401 });
});

it('reads compressed batches, but none that grow without bound', async () => {
  const sendGzip = (text: string) =>
    fetch(new URL('/sdk/v1/telemetry', server.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${server.serverKey}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(text),
    });
  expect((await sendGzip(JSON.stringify(anEnvelope({ rows: [aRow()] })))).status).toBe(200);
  expect((await sendGzip(JSON.stringify({ ...anEnvelope(), padding: ' '.repeat(30_000_000) }))).status).toBe(413);
  expect((await sendGzip(JSON.stringify({ ...anEnvelope(), padding: ' '.repeat(65_536) }))).status).toBe(413);
});

it('refuses a plain batch that is larger than any client makes', async () => {
  const rows = Array.from({ length: 400 }, () => aRow({ stage: 'x'.repeat(200) }));
  expect(await send(anEnvelope({ rows }))).toMatchObject({ status: 413, body: { code: 'body.too_large' } });
});

it('refuses a body of ten megabytes, and goes on', async () => {
  const answer = await send({ ...anEnvelope(), padding: 'x'.repeat(10_000_000) }).catch(() => ({ status: 413 }));
  expect(answer).toMatchObject({ status: 413 });
  expect(await send(anEnvelope({ rows: [aRow()] }))).toMatchObject({ status: 200 });
});

it('asks clients to come back when too much waits, and loses nothing of what it took', async () => {
  const held = await holdClaims();
  const rows = Array.from({ length: 450 }, (_, i) => aRow({ flag: 'quiet', variant: 'off', version: i + 1 }));
  const answers = Array.from({ length: 240 }, () => send(anEnvelope({ rows })));
  const busy = await Promise.any(
    answers.map(async (answer) => ((await answer).status === 429 ? answer : Promise.reject(new Error('taken')))),
  );
  expect(busy.body.code).toBe('telemetry.busy');
  expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
  await held.release();
  const taken = (await Promise.all(answers)).filter(({ status }) => status === 200).length;
  const { variants } = await exposuresOf('quiet');
  expect(variants.find(({ variant }: Answer['body']) => variant === 'off').exposures).toBe(taken * 450);
});

/** Keeps every commit of telemetry waiting. */
async function holdClaims(): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE telemetry_instance IN ACCESS EXCLUSIVE MODE');
  return { release: () => client.end() };
}

it('forgets senders and slots after two days, and keeps the rest', async () => {
  const { query } = server.database;
  await send(anEnvelope({ instance: 'to be old', rows: [aRow()] }));
  await send(anEnvelope({ instance: 'to be young', rows: [aRow()] }));
  await query(
    "UPDATE telemetry_instance SET last_seen_at = now() - interval '51 hours', seen_on = current_date - 3 WHERE instance = 'to be old'",
  );
  await query("SELECT ensure_rollup_partitions(now() - interval '6 days', now())");
  await query("UPDATE rollup SET slot = slot - interval '4 days' FROM telemetry_series WHERE id = series AND flag = 'twice'");
  await query(
    `INSERT INTO telemetry_series (environment_id, flag, version, variant, reason, stage, trust, seen_at)
     SELECT id, kept.name, 1, 'on', 'SPLIT', '', 'server', now() - make_interval(years => years) FROM environment, (VALUES ('long gone', 7), ('not so long', 5)) AS kept (name, years)
     WHERE environment.key = 'development'`,
  );
  await server.app.get(TelemetryRetention, { strict: false }).keep();
  expect(await query("SELECT flag FROM telemetry_series WHERE flag LIKE '%long%'")).toEqual([{ flag: 'not so long' }]);
  expect(await query("SELECT instance FROM telemetry_instance WHERE instance LIKE 'to be %'")).toEqual([{ instance: 'to be young' }]);
  expect(await query("SELECT 1 FROM counted WHERE flag = 'twice'")).toEqual([]);
  expect(await query("SELECT DISTINCT flag FROM counted WHERE flag = 'checkout'")).toHaveLength(1);
  expect(await query("SELECT level FROM counter_partition WHERE until < now() - interval '51 hours' AND level = 'rollup'")).toEqual([]);
});

it('keeps what anybody can forge apart, bounded, and shows what had no series of its own', async () => {
  const small = await aServer({ database: server.database, settings: { seriesPerFlag: 10 } });
  await expect.poll(async () => (await fetch(`${small.url}/health/ready`)).status).toBe(200);
  const [current] = (await exposuresOf('forged')).series;
  expect(current).toBeUndefined();
  const forged = Array.from({ length: 40 }, (_, i) =>
    aRow({ flag: 'forged', version: i, stage: `made up ${i}`, exposures: 1_000_000, ok: 5 }),
  );
  await send(anEnvelope({ rows: forged }), { key: server.clientKey, url: small.url });
  await send(anEnvelope({ rows: [aRow({ flag: 'forged', exposures: 7 })] }), { url: small.url });
  const rows = await server.database.query<{ trust: string; stages: string[]; series: number; exposures: number }>(
    `SELECT trust, array_agg(DISTINCT stage) AS stages, count(*)::int AS series, sum(exposures)::int AS exposures
     FROM counted_day WHERE flag = 'forged' GROUP BY trust ORDER BY trust`,
  );
  expect(rows).toEqual([
    { trust: 'client', stages: [''], series: expect.any(Number), exposures: 100_000 },
    { trust: 'server', stages: [''], series: 1, exposures: 7 },
  ]);
  expect(rows[0]?.series).toBeLessThanOrEqual(11);
  await send(anEnvelope({ rows: Array.from({ length: 40 }, (_, i) => aRow({ flag: 'forged', version: i })) }), { url: small.url });
  expect((await exposuresOf('forged')).series).toContainEqual(
    expect.objectContaining({ reason: 'OVERFLOW', version: 0, variant: 'on', exposures: 30 }),
  );
  const { status, body } = await admin.get('/api/v1/projects/default/environments/development/telemetry');
  expect(status).toBe(200);
  const usage = body.flags.find(({ flag }: Answer['body']) => flag === 'forged');
  expect(usage).toMatchObject({ overflow: 30, rows: { hours: usage.series, days: usage.series } });
  expect(usage.bytes).toBeGreaterThan(1_000);
  expect(body.senders.instances).toBeGreaterThan(10);
  await small.stop();
}, 30_000);

it('tells how much room telemetry takes', async () => {
  const { status, body } = await admin.get('/api/v1/telemetry/storage');
  expect(status).toBe(200);
  expect(body.levels.map(({ table, stepSeconds }: Answer['body']) => [table, stepSeconds])).toEqual([
    ['counter', 10],
    ['counter_minute', 60],
    ['counter_hour', 3_600],
    ['counter_day', 86_400],
  ]);
  for (const level of body.levels) expect(level).toMatchObject({ partitions: expect.any(Number), bytes: expect.any(Number) });
  expect(body.bytes).toBe(body.levels.reduce((sum: number, { bytes }: Answer['body']) => sum + bytes, body.senders.bytes));
  expect(body.senders.bytes).toBeGreaterThan(0);
});

it('notices batches that have not come', async () => {
  const before = (await admin.get('/api/v1/projects/default/environments/development/telemetry')).body.senders;
  for (const seq of [0, 1, 4]) await send(anEnvelope({ instance: 'lossy', seq, dropped: seq }));
  const after = (await admin.get('/api/v1/projects/default/environments/development/telemetry')).body.senders;
  expect(after).toMatchObject({
    instances: before.instances + 1,
    batches: before.batches + 3,
    missing: before.missing + 2,
    dropped: before.dropped + 5,
  });
});

it('counts also when nobody has made the partitions in time', async () => {
  const { query } = server.database;
  const [gone] = await query<{ name: string }>(
    "SELECT name FROM counter_partition WHERE level = 'rollup_minute' AND now() >= since AND now() < until",
  );
  await query(`ALTER TABLE rollup_minute DETACH PARTITION partitions.${gone?.name}`);
  await query(`ALTER TABLE partitions.${gone?.name} RENAME TO before`);
  const batch = anEnvelope({ rows: [aRow({ flag: 'quiet', variant: 'off', exposures: 4 })] });
  expect(await send(batch)).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(await query("SELECT sum(exposures)::int AS n FROM counted_minute WHERE flag = 'quiet'")).toEqual([{ n: 4 }]);
});

it('adds up to the same at every resolution, whenever a batch came', async () => {
  const random = aSequence(11);
  const now = Date.now();
  const batches = Array.from({ length: 60 }, (_, seq) =>
    anEnvelope({
      instance: 'late and early',
      seq: 59 - seq,
      rows: Array.from({ length: 5 }, () =>
        aRow({
          flag: 'levels',
          variant: random() < 0.5 ? 'on' : 'off',
          t0: slot(now - Math.floor(random() * 46 * 3_600_000)),
          exposures: Math.floor(random() * 100),
          ok: Math.floor(random() * 50),
          err: Math.floor(random() * 5),
          exposuresFirst: 1,
          slow: [250, Math.floor(random() * 9), 500, Math.floor(random() * 4)],
          calls: Math.floor(random() * 30),
          retries: Math.floor(random() * 3),
          openMs: Math.floor(random() * 10_000),
          watchedMs: 10_000,
          validated: 7,
          invalid: 1,
          hist: [1 + Math.floor(random() * 60), 3, 2, 1],
        }),
      ),
    }),
  );
  for (const answer of await Promise.all(batches.map((batch) => send(batch))))
    expect(answer).toMatchObject({ status: 200, body: { rejectedRows: 0 } });
  const sums = (table: string) =>
    server.database.query(
      `SELECT variant, date_trunc('day', slot, 'UTC') AS day, sum(exposures)::int AS exposures, sum(exposures_first)::int AS first, sum(ok)::int AS ok,
         sum(err)::int AS err, sum(calls)::int AS calls, sum(retries)::int AS retries, sum(open_ms)::int AS open, sum(watched_ms)::int AS watched, sum(validated)::int AS validated, sum(invalid)::int AS invalid,
         (SELECT jsonb_object_agg(ms, n) FROM (SELECT place_of(packed) AS ms, sum(count_of(packed))::int AS n FROM ${table} AS own, unnest(slow) AS packed
           WHERE own.flag = 'levels' AND own.variant = c.variant GROUP BY ms) AS slow) AS slow,
         (SELECT jsonb_object_agg(i, n) FROM (SELECT place_of(packed) AS i, sum(count_of(packed))::int AS n FROM ${table} AS own, unnest(hist) AS packed
           WHERE own.flag = 'levels' AND own.variant = c.variant GROUP BY i) AS hist) AS hist
       FROM ${table} AS c WHERE flag = 'levels' GROUP BY variant, day ORDER BY variant, day`,
    );
  const slots = await sums('counted');
  expect(slots.length).toBeGreaterThanOrEqual(4);
  expect(slots).toContainEqual(
    expect.objectContaining({ slow: expect.objectContaining({ 250: expect.any(Number), 500: expect.any(Number) }) }),
  );
  for (const table of ['counted_minute', 'counted_hour', 'counted_day']) expect(await sums(table)).toEqual(slots);
  const [{ rows } = { rows: 0 }] = await server.database.query<{ rows: number }>(
    "SELECT count(*)::int AS rows FROM counted_day WHERE flag = 'levels'",
  );
  expect(rows).toBeLessThanOrEqual(6);
});

it('closes the oldest gaps of a sender that leaves too many', async () => {
  const rows = [aRow({ flag: 'quiet', exposures: 0 })];
  for (let seq = 0; seq < 2 * 140; seq += 2) await send(anEnvelope({ instance: 'full of holes', seq, rows }));
  const [held] = await server.database.query(
    `SELECT (SELECT count(*)::int FROM unnest(received)) AS ranges, received @> 278::bigint AS last, received @> 277::bigint AS gap, received @> 1::bigint AS closed
     FROM telemetry_instance WHERE instance = 'full of holes'`,
  );
  expect(held).toEqual({ ranges: 128, last: true, gap: false, closed: true });
  expect(await send(anEnvelope({ instance: 'full of holes', seq: 277, rows }))).toMatchObject({ body: { accepted: 1 } });
  expect(await send(anEnvelope({ instance: 'full of holes', seq: 277, rows }))).toMatchObject({ body: { duplicate: true } });
});

it('remembers the series of an hour also when the server that counted them is gone', async () => {
  const flag = { key: 'remembered', type: 'boolean', kind: 'release', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
  expect(await admin.post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  const reasonsAfter = async (versions: readonly number[]): Promise<unknown[]> => {
    const one = await aServer({ database: server.database, settings: { seriesPerFlag: 3 } });
    await expect.poll(async () => (await fetch(`${one.url}/health/ready`)).status).toBe(200);
    const rows = versions.map((version) => aRow({ flag: 'remembered', version }));
    expect(await send(anEnvelope({ rows }), { url: one.url })).toMatchObject({ status: 200, body: { rejectedRows: 0 } });
    await one.stop();
    return server.database.query(
      "SELECT reason, count(DISTINCT version)::int AS versions, sum(exposures)::int AS n FROM counted WHERE flag = 'remembered' GROUP BY 1 ORDER BY 1",
    );
  };
  expect(await reasonsAfter([1, 2])).toEqual([{ reason: 'SPLIT', versions: 2, n: 2 }]);
  expect(await reasonsAfter([2, 3, 4, 5])).toEqual([
    { reason: 'OVERFLOW', versions: 1, n: 2 },
    { reason: 'SPLIT', versions: 3, n: 4 },
  ]);
}, 60_000);

it('tells how much a public key sent beyond its room, by OpenTelemetry too', async () => {
  const droppedOf = async () => (await admin.get('/api/v1/projects/default/environments/development/telemetry')).body.senders.dropped;
  const before = await droppedOf();
  const body = anEnvelope({ instance: 'beyond its room', rows: [aRow({ flag: 'forged', exposures: 150_000 })] });
  await vi.waitFor(async () => expect(await send(body, { key: server.clientKey })).toMatchObject({ body: { rejectedRows: 0 } }));
  expect((await droppedOf()) - before).toBe(50_000);
  await server.database.query("UPDATE telemetry_instance SET instance = 'otlp-client-1' WHERE instance = 'beyond its room'");
  expect((await droppedOf()) - before).toBe(50_000);
});

it('counts late rows while partitions are dropped, each wholly or not at all', async () => {
  const { query } = server.database;
  const retention = server.app.get(TelemetryRetention, { strict: false });
  let isSending = true;
  const sent = { accepted: 0, refused: 0 };
  const sending = Promise.all(
    Array.from({ length: 4 }, async (_, client) => {
      for (let seq = 0; seq < 40; seq++) {
        // Before, at and behind the edge of what is taken, and of what is kept.
        const ago = (47 + (seq % 6)) * 3_600_000 + (client * 1_000 * seq) / 2;
        const rows = ['on', 'off'].map((variant) => aRow({ flag: 'late', variant, t0: slot(Date.now() - ago), exposures: 3 }));
        const { status, body } = await send(anEnvelope({ instance: `late ${client}`, seq, rows }));
        if (status === 410) sent.refused += 1;
        else {
          expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 1, rejectedRows: 0 } });
          sent.accepted += 1;
        }
      }
    }),
  ).finally(() => {
    isSending = false;
  });
  while (isSending) {
    await query("SELECT ensure_rollup_partitions(now() - interval '8 days', now() - interval '3 days')");
    await retention.keep();
  }
  await sending;
  expect(sent.accepted).toBeGreaterThan(0);
  expect(sent.refused).toBeGreaterThan(0);
  for (const view of ['counted', 'counted_minute', 'counted_hour', 'counted_day'])
    expect(await query(`SELECT sum(exposures)::int AS n FROM ${view} WHERE flag = 'late'`), view).toEqual([{ n: 6 * sent.accepted }]);
}, 60_000);
