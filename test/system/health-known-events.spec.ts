import { createClient } from '@ballast/sdk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SystemClock } from '../../apps/server/src/clock.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAG = '/api/v1/projects/default/flags/known';
const IN_DEVELOPMENT = `${FLAG}/environments/development`;
const LATER_MS = 150_000;

type Variant = 'on' | 'off';
const VARIANTS: readonly Variant[] = ['on', 'off'];

/** What happens to each variant; all figures of the answer are computed from this table by hand. */
const RUNS: Readonly<Record<Variant, { ok: number; err: number }>> = { on: { ok: 180, err: 20 }, off: { ok: 195, err: 5 } };
const TRACES: Readonly<Record<Variant, { ok: number; slow: number; err: number }>> = {
  on: { ok: 120, slow: 20, err: 10 },
  off: { ok: 144, slow: 3, err: 3 },
};
const TRACKED: Readonly<Record<Variant, number>> = { on: 60, off: 90 };
const REPORTED: Readonly<Record<Variant, number>> = { on: 40, off: 110 };

/** A clock that a test can put on. */
class MovedClock extends SystemClock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }
}

const clock = new MovedClock();
let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer({ options: { clock } });
  admin = api(server);
  const flag = { key: 'known', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  expect((await admin.post('/api/v1/projects/default/flags', flag)).status).toBe(201);
  const rules = [{ when: { attribute: 'plan', op: 'in', values: ['on'] }, serve: { variant: 'on' } }];
  expect((await admin.put(IN_DEVELOPMENT, { on: true, offVariant: 'off', rules, default: { variant: 'off' } })).status).toBe(200);
  const headers = { authorization: `Bearer ${server.serverKey}` };
  const snapshot = async () => (await fetch(`${server.url}/sdk/v1/snapshot`, { headers })).json();
  await vi.waitFor(async () => expect((await snapshot()).flags).toHaveProperty('known'), 20_000);
  await runs();
  await traces();
  await reports();
  clock.aheadMs = LATER_MS;
});

afterAll(() => server.stop());

async function runs(): Promise<void> {
  const client = createClient({ url: server.url, key: server.serverKey, cache: false, flushOnExit: false, logger: null, tracking: true });
  await client.ready();
  const fail = () => {
    throw new Error('of the program');
  };
  for (const variant of VARIANTS) {
    const user = (index: number) => ({ targetingKey: `${variant}-${index}`, plan: variant });
    for (let i = 0; i < RUNS[variant].ok; i++) client.run('known', user(i), { on: () => 1, off: () => 2 });
    for (let i = 0; i < RUNS[variant].err; i++) expect(() => client.run('known', user(i), { on: fail, off: fail })).toThrow();
    for (let i = 0; i < TRACKED[variant]; i++) client.track('order', user(i), { value: 2.5 });
    client.track('order', { targetingKey: 'somebody who was served nothing' });
  }
  client.count('known', { plan: 'on' }, { calls: 140, retries: 35, openMs: 6_000, watchedMs: 60_000, validated: 50, invalid: 5 });
  await client.close();
}

async function traces(): Promise<void> {
  const now = Date.now();
  let id = 0;
  const traceOf = (variant: Variant, ms: number, code: number): object => {
    id += 1;
    const facts = { 'feature_flag.key': 'known', 'feature_flag.result.variant': variant, 'feature_flag.result.reason': 'targeting_match' };
    const attributes = Object.entries(facts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    const times = { startTimeUnixNano: `${now}000000`, endTimeUnixNano: `${now + ms}000000` };
    return {
      traceId: id.toString(16).padStart(32, '0'),
      spanId: id.toString(16).padStart(16, '0'),
      ...times,
      attributes,
      status: { code },
    };
  };
  const times = (count: number, make: () => object) => Array.from({ length: count }, make);
  const spans = VARIANTS.flatMap((variant) => [
    ...times(TRACES[variant].ok, () => traceOf(variant, 100, 1)),
    ...times(TRACES[variant].slow, () => traceOf(variant, 800, 0)),
    ...times(TRACES[variant].err, () => traceOf(variant, 100, 2)),
  ]);
  expect(await asProgram('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })).toEqual({});
}

async function reports(): Promise<void> {
  const outcomes = VARIANTS.flatMap((variant) =>
    Array.from({ length: REPORTED[variant] }, () => ({ event: 'order', value: 10, exposures: [{ flag: 'known', variant }] })),
  );
  expect(await asProgram('/sdk/v1/outcomes', { outcomes })).toEqual({ counted: 150, rejected: 0, duplicate: false });
}

async function asProgram(path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${server.serverKey}`, 'content-type': 'application/json', 'idempotency-key': 'known' };
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}

/** The middle of the bucket that a duration falls into: sixteen to a doubling. */
const middleOf = (ms: number) => 2 ** ((Math.ceil(Math.log2(ms) * 16) - 0.5) / 16);

it('tells the metrics of each variant from a thousand events of three kinds of sender, to the unit', async () => {
  const { body } = await admin.get(`${IN_DEVELOPMENT}/health`);
  const [off, on] = body.variants;
  const none = { exposuresFirst: 0, errFirst: 0 };
  expect(on).toMatchObject({ variant: 'on', isBaseline: false, counts: { exposures: 350, ok: 320, err: 30, ...none } });
  expect(off).toMatchObject({ variant: 'off', isBaseline: true, counts: { exposures: 350, ok: 342, err: 8, ...none } });
  expect(body.total.counts).toEqual({ exposures: 700, ok: 662, err: 38, ...none });
  const close = (value: number) => expect.closeTo(value, 9);
  expect(on.metrics).toMatchObject({
    successRate: close(320 / 350),
    p95Ms: close(middleOf(800)),
    slowRate: close(20 / 350),
    errorRate: close(30 / 350),
    burnRate: close(30 / 350 / 0.01),
    errorDelta: close(30 / 8 - 1),
    latencyDelta: close(middleOf(800) / middleOf(100) - 1),
    retriesPerCall: close(35 / 140),
    openRate: close(6_000 / 60_000),
    invalidRate: close(5 / 50),
  });
  expect(off.metrics).toMatchObject({
    successRate: close(342 / 350),
    p95Ms: close(middleOf(100)),
    slowRate: close(3 / 350),
    errorRate: close(8 / 350),
    burnRate: close(8 / 350 / 0.01),
    errorDelta: null,
    latencyDelta: null,
    retriesPerCall: null,
    openRate: null,
    invalidRate: null,
  });
});

it.each(['1m', '5m', '1h'])('adds up to the same in steps of %s', async (step) => {
  const { body } = await admin.get(`${IN_DEVELOPMENT}/health?step=${step}&from=${new Date(clock.now() - 7_200_000).toISOString()}`);
  const sums = VARIANTS.map((variant) => {
    const own = body.series.filter((entry: { variant: string }) => entry.variant === variant);
    return own.reduce(
      (sum: number[], { counts }: { counts: { ok: number; err: number } }) => [(sum[0] ?? 0) + counts.ok, (sum[1] ?? 0) + counts.err],
      [],
    );
  });
  expect(sums).toEqual([
    [320, 30],
    [342, 8],
  ]);
});

it('tells what was tracked after which variant, with its value', async () => {
  const { body } = await admin.get(`${IN_DEVELOPMENT}/outcomes`);
  const sums = VARIANTS.map((variant) => {
    const own = body.events.filter((entry: { event: string; variant: string }) => entry.event === 'order' && entry.variant === variant);
    return own.reduce(
      (sum: number[], { count, sum: value }: { count: number; sum: number }) => [(sum[0] ?? 0) + count, (sum[1] ?? 0) + value],
      [],
    );
  });
  expect(sums).toEqual([
    [100, 60 * 2.5 + 40 * 10],
    [200, 90 * 2.5 + 110 * 10],
  ]);
});

it('tells the same at the level of the project', async () => {
  const { body } = await admin.get('/api/v1/projects/default/health?environment=development');
  const { counts, metrics } = body.flags.find(({ flag }: { flag: string }) => flag === 'known');
  expect(counts).toMatchObject({ exposures: 700, ok: 662, err: 38 });
  expect(metrics).toMatchObject({ p95Ms: expect.closeTo(middleOf(100), 9), slowRate: expect.closeTo(23 / 700, 9) });
});

it('tells retries and open breakers by what was guarded and watched, however long the range is', async () => {
  const day = 86_400_000;
  for (const days of [1, 30]) {
    const { body } = await admin.get(`${IN_DEVELOPMENT}/health?from=${new Date(clock.now() - days * day).toISOString()}`);
    const on = body.variants.find(({ variant }: { variant: string }) => variant === 'on');
    expect(on.metrics).toMatchObject({ retriesPerCall: 35 / 140, openRate: 6_000 / 60_000 });
  }
});

it('tells the share of slow outcomes of those programs that measure them', async () => {
  const t0 = Date.now() - (Date.now() % 10_000);
  const row = { flag: 'known', version: 1, variant: 'on', reason: 'STATIC', t0, exposures: 1 };
  const flag = { key: 'partly-timed', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  expect((await admin.post('/api/v1/projects/default/flags', flag)).status).toBe(201);
  let seq = 0;
  const send = async (instance: string, counts: object) => {
    seq += 1;
    const rows = [{ ...row, flag: 'partly-timed', ...counts }];
    const envelope = { v: 1, instance, seq, sentAt: Date.now(), rows, unknown: {}, dropped: 0 };
    return asProgram('/sdk/v1/telemetry', envelope);
  };
  await vi.waitFor(
    async () => expect(await send('measures', { ok: 90, err: 10, slow: [500, 9] })).toMatchObject({ rejectedRows: 0 }),
    20_000,
  );
  await send('measures another', { ok: 900, err: 50, slow: [250, 800] });
  await send('measures nothing', { ok: 9_000, err: 0 });
  clock.aheadMs += LATER_MS;
  const slowRateOf = async (range = '') => {
    const { body } = await admin.get(`/api/v1/projects/default/flags/partly-timed/environments/development/health${range}`);
    return body.total.metrics.slowRate;
  };
  expect(await slowRateOf()).toBe(0.09);
  expect(await slowRateOf('?step=1d')).toBe(0.09);
});
