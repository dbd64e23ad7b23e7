import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';
import { addOutcomes } from './slo-ground.js';

const PROJECT = '/api/v1/projects/default';
const HEALTH = `${PROJECT}/flags/cart/environments/development/health`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let server: TestServer;
let admin: ReturnType<typeof api>;
let environmentId: string;
const closed = Math.floor((Date.now() - 30_000) / MINUTE) * MINUTE;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const [row] = await server.database.query<{ id: string }>("select id from environment where key = 'development'");
  environmentId = row?.id ?? '';
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await admin.post(`${PROJECT}/flags`, { ...flag, key: 'cart', tags: ['checkout', 'service:shop'] });
  await admin.post(`${PROJECT}/flags`, { ...flag, key: 'search' });
  await server.database.query('select ensure_rollup_partitions($1, $2)', [new Date(closed - 31 * DAY), new Date()]);
  const add = (outcomes: object) => addOutcomes(server, environmentId, { flag: 'cart', from: closed - 30 * DAY, to: closed, ...outcomes });
  await add({ variant: 'on', from: closed - 2 * HOUR, ok: 6, err: 4, slow: { 500: 3 } });
  await add({ variant: 'off', from: closed - 2 * HOUR, ok: 98, err: 2, slow: { 500: 0 } });
  await add({ variant: 'off', from: closed - 20 * DAY, to: closed - 19 * DAY, ok: 1, err: 0, slow: { 500: 0 } });
  await add({ flag: 'search', variant: 'on', from: closed - HOUR, ok: 1, err: 0 });
  await server.database.query(
    "update rollup_minute set hist = array[(110::bigint << 40) | 1], calls = 30, retries = 3, validated = 4, invalid = 1 from telemetry_series where id = series and variant = 'on' and flag = 'cart'",
  );
});

afterAll(() => server.stop());

it('shows each variant beside its baseline, in all and step by step', async () => {
  const { body } = await admin.get(HEALTH);
  expect(body).toMatchObject({ flag: 'cart', environment: 'development', baseline: 'off', stepSeconds: 60, target: 0.99, objectives: [] });
  expect(Date.parse(body.to) - Date.parse(body.from)).toBe(HOUR);
  const [off, on] = body.variants;
  expect(off).toMatchObject({
    variant: 'off',
    isBaseline: true,
    metrics: { errorRate: 0.02, errorDelta: null, retriesPerCall: null, slowRate: 0 },
  });
  expect(on).toMatchObject({ variant: 'on', isBaseline: false });
  expect(on.metrics).toMatchObject({
    successRate: 0.6,
    errorRate: 0.4,
    retriesPerCall: 0.1,
    invalidRate: 0.25,
    slowRate: 0.3,
    saturation: null,
  });
  expect(on.metrics.errorDelta).toBeCloseTo(19, 9);
  expect(on.metrics.burnRate).toBeCloseTo(40, 9);
  expect(on.metrics.p95Ms).toBeCloseTo(2 ** (110.5 / 16), 9);
  const minutes = Math.round((Date.parse(body.to) - Date.parse(body.from)) / MINUTE);
  const late = Math.round((Date.parse(body.to) - closed) / MINUTE);
  expect(body.series).toHaveLength(2 * (minutes - late));
  expect(body.series[1]).toMatchObject({ at: body.from, variant: 'on', counts: { ok: 6, err: 4 } });
  expect(body.series[1].metrics.errorDelta).toBeCloseTo(19, 9);
});

it('adds up the same from minutes, hours and days', async () => {
  const range = `from=${new Date(closed - 30 * DAY).toISOString()}&to=${new Date(closed).toISOString()}`;
  for (const step of ['1h', '6h', '1d', '7d']) {
    const { body } = await admin.get(`${HEALTH}?${range}&step=${step}`);
    expect([step, body.total.counts]).toEqual([
      step,
      { exposures: 110 * 120 + 1_440, exposuresFirst: 0, ok: 104 * 120 + 1_440, err: 720, errFirst: 0 },
    ]);
    const sum = body.series.reduce((all: number, { counts }: { counts: { ok: number } }) => all + counts.ok, 0);
    expect(sum).toBe(body.total.counts.ok);
  }
});

it('goes by the baseline that is asked for, and by the target of the objective', async () => {
  const objective = { owner: 'team', indicator: { kind: 'success' }, target: 0.9, runbook: 'https://runbooks.example' };
  await admin.post(`${PROJECT}/objectives`, {
    ...objective,
    name: 'cart',
    environment: 'development',
    scope: { kind: 'flag', flag: 'cart' },
  });
  const { body } = await admin.get(`${HEALTH}?baseline=on`);
  expect(body).toMatchObject({
    baseline: 'on',
    target: 0.9,
    objectives: ['cart'],
    variants: [{ metrics: { errorDelta: -0.95 } }, { isBaseline: true }],
  });
});

it.each([
  ['step=90s', '/step'],
  ['step=1m&from=2020-01-01T00:00:00Z', '/from'],
  [`from=${new Date(closed - 20 * DAY).toISOString()}&step=5m`, '/step'],
  [`from=${new Date(closed - 10 * DAY).toISOString()}&step=1m`, '/step'],
  ['from=2030-01-01T00:00:00Z', '/from'],
])('refuses %s', async (query, path) => {
  expect((await admin.get(`${HEALTH}?${query}`)).body).toMatchObject({ status: 400, problems: [{ path }] });
});

it('knows no flag that is not there', async () => {
  expect((await admin.get(HEALTH.replace('cart', 'nothing'))).body).toMatchObject({ status: 404, code: 'flag.not_found' });
});

it('is there for an environment, a tag and a service, worst flag first', async () => {
  const of = async (query: string) => (await admin.get(`${PROJECT}/health?environment=development&${query}`)).body;
  const all = await of('');
  expect(all.flags.map(({ flag }: { flag: string }) => flag)).toEqual(['cart', 'search']);
  expect(all.flags[0].metrics.p95Ms).toBeCloseTo(2 ** (110.5 / 16), 9);
  expect(all.total.metrics.p95Ms).toBeCloseTo(2 ** (110.5 / 16), 9);
  for (const query of ['tag=checkout', 'service=shop']) expect((await of(query)).flags).toMatchObject([{ flag: 'cart' }]);
  expect((await of('tag=nobody')).total).toMatchObject({ counts: { ok: 0 }, metrics: { errorRate: null } });
});
