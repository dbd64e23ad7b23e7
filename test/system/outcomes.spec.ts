import type { OutcomeRow } from '@ballast/protocol';
import { createClient } from '@ballast/sdk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = ['tracked', 'bought', 'repeated', 'taken', 'named', 'rushed', 'enveloped', 'levels', 'bounded', 'faulty'];
const FLAG = '/api/v1/projects/default/flags/';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  for (const key of FLAGS) {
    const flag = { key, type: 'boolean', kind: 'release', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
    expect(await admin.post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  }
  const headers = { authorization: `Bearer ${server.serverKey}` };
  const snapshot = async () => (await fetch(`${server.url}/sdk/v1/snapshot`, { headers })).json();
  await vi.waitFor(async () => expect((await snapshot()).flags).toHaveProperty('faulty'));
});

afterAll(() => server.stop());

let names = 0;
function report(body: unknown, { name = `report-${++names}`, key = server.serverKey }: { name?: string; key?: string } = {}) {
  return api({ url: server.url, adminToken: key }).post(
    '/sdk/v1/outcomes',
    body,
    name === '' ? {} : { headers: { 'idempotency-key': name } },
  );
}

async function eventsOf(flag: string) {
  const { body } = await admin.get(`${FLAG}${flag}/environments/development/outcomes`);
  return body.events;
}

const anOutcome = (flag: string, change: object = {}) => ({ event: 'order', exposures: [{ flag, variant: 'on' }], ...change });

it('counts what programs without an SDK report, and adds up its values', async () => {
  const exposures = [
    { flag: 'bought', variant: 'on' },
    { flag: 'bought', variant: null },
    { flag: 'bought', variant: 'blue' },
    { flag: 'no-such-flag', variant: 'on' },
  ];
  const outcomes = [
    { event: 'order', value: 0.1, exposures },
    { event: 'order', value: 0.2, exposures: exposures.slice(0, 1) },
    { event: 'refund', value: -5, exposures: exposures.slice(0, 1) },
    { event: 'order', at: new Date(Date.now() - 49 * 3_600_000).toISOString(), exposures: exposures.slice(0, 1) },
  ];
  expect(await report({ outcomes })).toMatchObject({ status: 200, body: { counted: 4, rejected: 3, duplicate: false } });
  expect(await eventsOf('bought')).toEqual([
    { event: 'order', variant: 'on', version: expect.any(Number), stage: null, count: 2, sum: 0.3 },
    { event: 'order', variant: null, version: expect.any(Number), stage: null, count: 1, sum: 0.1 },
    { event: 'refund', variant: 'on', version: expect.any(Number), stage: null, count: 1, sum: -5 },
  ]);
});

it('lets nobody with a public key take a name away from a server', async () => {
  const body = { outcomes: [anOutcome('taken')] };
  expect(await report(body, { name: 'order-7', key: server.clientKey })).toMatchObject({ status: 200, body: { duplicate: false } });
  expect(await report(body, { name: 'order-7' })).toMatchObject({ status: 200, body: { counted: 1, duplicate: false } });
});

it('counts an event once for a variant that is named twice', async () => {
  const seen = { flag: 'repeated', variant: 'on' };
  const outcomes = [{ event: 'order', value: 3, exposures: [seen, { flag: 'repeated', variant: 'off' }, seen] }];
  expect(await report({ outcomes })).toMatchObject({ body: { counted: 2, rejected: 0 } });
  expect(await eventsOf('repeated')).toMatchObject([
    { variant: 'off', count: 1, sum: 3 },
    { variant: 'on', count: 1, sum: 3 },
  ]);
});

it('counts a report once under its name, tells another one under the same name apart, and asks for a name', async () => {
  const body = { outcomes: [anOutcome('named')] };
  expect(await report(body, { name: '' })).toMatchObject({ status: 400, body: { problems: [{ path: '/headers/idempotency-key' }] } });
  expect(await report(body, { name: 'order-1' })).toMatchObject({ body: { counted: 1, duplicate: false } });
  expect(await report(body, { name: '"order-1"' })).toMatchObject({ status: 200, body: { counted: 0, duplicate: true } });
  const other = { outcomes: [anOutcome('named', { value: 7 })] };
  expect(await report(other, { name: 'order-1' })).toMatchObject({ status: 422, body: { code: 'idempotency.key_reused' } });
  expect(await eventsOf('named')).toMatchObject([{ count: 1, sum: 0 }]);
});

it('counts every report once that several clients deliver to two servers again and again, on every level alike', async () => {
  const other = await aServer({ database: server.database });
  await vi.waitFor(async () => expect((await fetch(`${other.url}/health/ready`)).status).toBe(200));
  const deliver = (name: string, url: string) =>
    api({ url, adminToken: server.serverKey }).post(
      '/sdk/v1/outcomes',
      { outcomes: [anOutcome('rushed', { value: 0.1 })] },
      { headers: { 'idempotency-key': name } },
    );
  const deliveries = Array.from({ length: 60 }, (_, index) =>
    Promise.all([server.url, other.url, server.url].map((url) => deliver(`rush-${index}`, url))),
  );
  const answers = (await Promise.all(deliveries)).map((three) => three.map(({ body }) => body.counted).sort());
  expect(answers).toEqual(Array.from({ length: 60 }, () => [0, 0, 1]));
  expect(await eventsOf('rushed')).toMatchObject([{ count: 60, sum: 6 }]);
  for (const table of ['outcome', 'outcome_minute', 'outcome_hour', 'outcome_day']) {
    const sums = await server.database.query(`SELECT sum(count)::int AS count, sum(sum)::text AS sum FROM ${table} WHERE flag = 'rushed'`);
    expect({ table, sums }).toEqual({ table, sums: [{ count: 60, sum: '6.000000' }] });
  }
  await other.stop();
});

const slot = () => Date.now() - (Date.now() % 10_000);
const aRow = (flag: string, change: Partial<OutcomeRow> = {}): OutcomeRow => ({
  flag,
  version: 1,
  variant: 'on',
  event: 'order',
  t0: slot(),
  count: 1,
  sum: 0,
  ...change,
});

function send(outcomes: readonly unknown[], { instance = `outcomes-${++names}`, key = server.serverKey } = {}) {
  const envelope = { v: 1, instance, seq: 0, sentAt: Date.now(), rows: [], outcomes, unknown: {}, dropped: 0 };
  return api({ url: server.url, adminToken: key }).post('/sdk/v1/telemetry', envelope);
}

it('counts the outcomes of an envelope together with its counters, once', async () => {
  const rows = [aRow('enveloped', { stage: 'ramp/1', count: 3, sum: 4.5 }), aRow('enveloped', { variant: 'blue' })];
  const instance = 'an-instance';
  expect(await send(rows, { instance })).toMatchObject({ status: 200, body: { accepted: 1, rejectedRows: 1 } });
  expect(await send(rows, { instance })).toMatchObject({ status: 200, body: { accepted: 0, duplicate: true } });
  expect(await eventsOf('enveloped')).toEqual([{ event: 'order', variant: 'on', version: 1, stage: 'ramp/1', count: 3, sum: 4.5 }]);
});

it('counts what an SDK tracks, what code went through, and how slow it was', async () => {
  const client = createClient({ url: server.url, key: server.serverKey, cache: false, logger: null, tracking: true, slowMs: [1] });
  await client.ready();
  const user = { targetingKey: 'user-1' };
  const branch = () => new Promise((resolve) => setTimeout(resolve, 15));
  await client.run('tracked', user, { on: branch, off: branch });
  client.track('order', user, { value: 12.5 });
  client.count('tracked', user, { retries: 2, validated: 3, invalid: 1 });
  // Enough for a body that is worth compressing.
  for (let i = 0; i < 60; i++) client.value(`not-a-flag-${i}-${'x'.repeat(40)}`, false);
  await client.close();
  expect(await eventsOf('tracked')).toMatchObject([{ event: 'order', count: 1, sum: 12.5 }]);
  const rows = await server.database.query(`
    SELECT sum(ok)::int AS ok, sum(retries)::int AS retries, sum(validated)::int AS validated, sum(invalid)::int AS invalid, max(place_of(slow[2])) AS ms,
      sum(count_of(slow[2]))::int AS slow, sum(count_of(slow[1]))::int AS timed
    FROM counted WHERE flag = 'tracked'`);
  expect(rows).toEqual([{ ok: 1, retries: 2, validated: 3, invalid: 1, ms: 1, slow: 1, timed: 1 }]);
});

it('counts events beyond 200 names under the variant alone', async () => {
  const rows = Array.from({ length: 210 }, (_, index) => aRow('bounded', { event: `event-${index}`, sum: 1 }));
  expect(await send(rows)).toMatchObject({ status: 200 });
  const events: { event: string; count: number }[] = await eventsOf('bounded');
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(210);
  expect(events.length).toBeLessThanOrEqual(201);
  expect(events[0]).toMatchObject({ event: '', count: expect.any(Number) });
});

it.each([
  ['no outcomes', { outcomes: [] }],
  ['a value that is no number', { outcomes: [anOutcome('faulty', { value: 'much' })] }],
  ['a value beyond all sense', { outcomes: [anOutcome('faulty', { value: 1e300 })] }],
  ['an event without a name', { outcomes: [anOutcome('faulty', { event: '' })] }],
  ['an event with a NUL in its name', { outcomes: [anOutcome('faulty', { event: 'a\0b' })] }],
  ['no variants', { outcomes: [anOutcome('faulty', { exposures: [] })] }],
  ['something nobody asked for', { outcomes: [anOutcome('faulty', { user: 'u-1' })] }],
])('refuses a report with %s', async (_, body) => {
  expect(await report(body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  expect(await eventsOf('faulty')).toEqual([]);
});
