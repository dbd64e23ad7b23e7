import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team', tags: ['service:shop'] };
  await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'measured-flag' });
});

afterAll(() => server.stop());

const send = (seq: number, counts: object) => {
  const t0 = Date.now() - (Date.now() % 10_000);
  const row = { flag: 'measured-flag', version: 1, variant: 'on', reason: 'SPLIT', t0, exposures: 1, ok: 0, err: 0, ...counts };
  const envelope = { v: 1, instance: 'metrics', seq, sentAt: Date.now(), rows: [row], unknown: {}, dropped: 0 };
  return api({ url: server.url, adminToken: server.serverKey }).post('/sdk/v1/telemetry', envelope);
};

const lines = async () => ((await admin.get('/metrics')).body as string).split('\n');
const shown = async (prefix: string) => (await lines()).filter((line) => line.startsWith(prefix) && line.includes('flag="measured-flag"'));
const labels = 'project="default",environment="development",service="shop",flag="measured-flag",variant="on"';
let seq = 0;

it('shows outcomes of flags as the generated rules read them, both from the start, each batch once', async () => {
  await until(
    () => send(++seq, { exposures: 3, ok: 2 }),
    ({ body }) => body.rejectedRows === 0,
  );
  expect(await shown('ballast_flag_outcomes')).toEqual([
    `ballast_flag_outcomes_total{outcome="success",${labels}} 2`,
    `ballast_flag_outcomes_total{outcome="failure",${labels}} 0`,
  ]);
  expect(await shown('ballast_flag_exposures')).toEqual([`ballast_flag_exposures_total{${labels}} 3`]);
  seq += 1;
  await send(seq, { exposures: 2, err: 1 });
  await send(seq, { exposures: 2, err: 1 });
  expect(await shown('ballast_flag_outcomes')).toEqual([
    `ballast_flag_outcomes_total{outcome="success",${labels}} 2`,
    `ballast_flag_outcomes_total{outcome="failure",${labels}} 1`,
  ]);
  expect(await shown('ballast_flag_exposures')).toEqual([`ballast_flag_exposures_total{${labels}} 5`]);
});

it('shows what guards did, why variants were served, and latencies in buckets that add up', async () => {
  const before = await shown('ballast_flag_reasons_total');
  expect(before).toEqual([`ballast_flag_reasons_total{reason="SPLIT",${labels}} 5`]);
  // Buckets of ours: 2 ms ends at index 15, 512 ms at 143; the last of all holds everything from 63 s on.
  const more = {
    ok: 5,
    slow: [500, 1],
    hist: [16, 2, 128, 2, 112, 1],
    calls: 20,
    retries: 4,
    openMs: 2_500,
    watchedMs: 5_000,
    validated: 8,
    invalid: 3,
  };
  expect((await send(++seq, more)).body).toMatchObject({ rejectedRows: 0 });
  for (const [name, rest, value] of [
    ['calls_total', '', 20],
    ['retries_total', '', 4],
    ['breaker_watched_seconds_total', '', 5],
    ['timed_total', 'threshold_ms="500",outcome="success",', 5],
    ['timed_total', 'threshold_ms="500",outcome="failure",', 0],
    ['breaker_open_seconds_total', '', 2.5],
    ['validations_total', 'result="valid",', 5],
    ['validations_total', 'result="invalid",', 3],
    ['slow_total', 'threshold_ms="500",', 1],
    ['latency_seconds_bucket', 'le="0.002",', 2],
    ['latency_seconds_bucket', 'le="0.362039",', 2],
    ['latency_seconds_bucket', 'le="0.512",', 4],
    ['latency_seconds_bucket', 'le="32.768",', 4],
    ['latency_seconds_bucket', 'le="+Inf",', 5],
    ['latency_seconds_count', '', 5],
  ])
    expect(await shown(`ballast_flag_${name}`)).toContain(`ballast_flag_${name}{${rest}${labels}} ${value}`);
  const [sum = ''] = await shown('ballast_flag_latency_seconds_sum');
  expect(Number(sum.split('} ')[1])).toBeCloseTo((2 * 2 ** (15.5 / 16) + 2 * 2 ** (143.5 / 16) + 2 ** (255.5 / 16)) / 1_000, 9);
});

it('shows tracked events, from batches and from programs without an SDK, once', async () => {
  const t0 = Date.now() - (Date.now() % 10_000);
  const outcome = { flag: 'measured-flag', version: 1, variant: 'on', event: 'paid', t0, count: 2, sum: 20 };
  const envelope = { v: 1, instance: 'metrics', seq: ++seq, sentAt: Date.now(), rows: [], outcomes: [outcome], unknown: {}, dropped: 0 };
  const sdk = api({ url: server.url, adminToken: server.serverKey });
  expect((await sdk.post('/sdk/v1/telemetry', envelope)).body).toMatchObject({ rejectedRows: 0 });
  const report = { outcomes: [{ event: 'paid', value: 1, exposures: [{ flag: 'measured-flag', variant: 'on' }] }] };
  for (const _ of [1, 2]) await sdk.post('/sdk/v1/outcomes', report, { headers: { 'idempotency-key': 'once' } });
  expect(await shown('ballast_flag_events')).toEqual([`ballast_flag_events_total{event="paid",${labels}} 3`]);
});

it('counts what it has no series for', async () => {
  const small = await aServer({ database: server.database, settings: { metricsVariants: 0 } });
  try {
    const before = await lines();
    expect(before).toContain('ballast_flag_left_out_total{of="variants"} 0');
    const flag = { key: 'left-out', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
    await admin.post('/api/v1/projects/default/flags', flag);
    await until(
      () => send(++seq, { flag: 'left-out', reason: 'STATIC', exposures: 7 }),
      ({ body }) => body.rejectedRows === 0,
    );
    const after = await lines();
    expect(after).toContain('ballast_flag_left_out_total{of="variants"} 7');
    expect(after.filter((line) => line.includes('flag="left-out"'))).toEqual([]);
  } finally {
    await small.stop();
  }
});
