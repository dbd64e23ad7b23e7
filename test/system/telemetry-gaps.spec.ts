import { randomUUID } from 'node:crypto';
import { DAY, HOUR, MINUTE } from '@ballast/slo';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AlertRounds } from '../../apps/server/src/alerts/alert-rounds.js';
import { Clock } from '../../apps/server/src/clock.js';
import type { Term } from '../../apps/server/src/database/term.js';
import { BurnTicker, TelemetryGaps } from '../../apps/server/src/slo/index.js';
import { aReceiver, type Receiver } from '../harness/a-receiver.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';
import { addEvents, addOutcomes, currentTerm } from './slo-ground.js';

const PROJECT = '/api/v1/projects/default';

/** The server was started ten minutes ago, so that it knows who is there. */
const clock = new (class extends Clock {
  aheadMs = -10 * MINUTE;

  now(): number {
    return Date.now() + this.aheadMs;
  }
})();

let server: TestServer;
let admin: ReturnType<typeof api>;
let term: Term;
let receiver: Receiver;
let environment: string;
let environmentId: string;
let key: string;
let flag: string;
let stories = 0;
/** End of the last minute that is counted. */
let now: number;

beforeAll(async () => {
  server = await aServer({ options: { clock } });
  clock.aheadMs = 0;
  admin = api(server);
  term = await currentTerm(server);
});

afterAll(() => server.stop());

beforeEach(async () => {
  now = Math.floor((Date.now() - 30_000) / MINUTE) * MINUTE;
  flag = `flag-${++stories}`;
  environment = `place-${stories}`;
  await admin.post(`${PROJECT}/environments`, { key: environment, name: 'Place' });
  const [row] = await server.database.query<{ id: string }>('select id from environment where key = $1', [environment]);
  environmentId = row?.id ?? '';
  key = (await admin.post(`${PROJECT}/environments/${environment}/keys`, { name: 'shop', kind: 'server' })).body.secret;
  await admin.post(`${PROJECT}/flags`, {
    key: flag,
    kind: 'permission',
    type: 'boolean',
    variants: { on: true, off: false },
    owner: 'shop',
  });
  receiver = await aReceiver();
  await admin.post(`${PROJECT}/channels`, { name: 'hook', config: { kind: 'webhook', url: receiver.url } });
});

afterEach(async () => {
  clock.aheadMs = 0;
  await admin.delete(`${PROJECT}/channels/hook`);
  await receiver.stop();
  for (const { name } of (await admin.get(`${PROJECT}/objectives`)).body.items) await admin.delete(`${PROJECT}/objectives/${name}`);
  await server.database.query('delete from alert');
});

const anObjective = (different: object = {}) =>
  admin.post(`${PROJECT}/objectives`, {
    name: 'checkout',
    environment,
    owner: 'shop',
    indicator: { kind: 'success' },
    scope: { kind: 'flag', flag },
    runbook: 'https://runbooks.example',
    target: 0.99,
    policy: [],
    ...different,
  });

/** Sixty outcomes an hour on each of these days, from an hour to another of what is now. */
async function used(days: readonly number[], from = -4 * HOUR, to = 4 * HOUR) {
  for (const day of days) {
    const end = Math.min(now - day * DAY + to, now - 15 * MINUTE);
    await addOutcomes(server, environmentId, { flag, from: now - day * DAY + from, to: end, ok: 1 });
  }
}

/** A program that is there, and was last heard of so long ago; null: never. */
async function aProgram(heardMs: number | null, sdk = 'ballast-node/1'): Promise<void> {
  const instance = randomUUID();
  const there = await fetch(`${server.url}/sdk/v1/changes?since=0`, {
    headers: { authorization: `Bearer ${key}`, 'ballast-instance': `${instance} ${sdk}` },
  });
  expect(there.ok).toBe(true);
  if (heardMs !== null) await aSender(instance, heardMs);
}

const aSender = (instance: string, heardMs: number) =>
  server.database.query(
    `insert into telemetry_instance (environment_id, instance, received, previous, exposures, dropped, trust, seen_on, last_seen_at)
     values ($1, $2, '{[0,1)}', '{}', 1, 0, 'server', now(), $3)`,
    [environmentId, instance, new Date(now - heardMs)],
  );

/** Whoever sends goes by the clock, of which these stories are ahead. */
async function heard(count: number) {
  await server.database.query("update alert_delivery set next_at = now() where state = 'waiting'");
  return until(
    () => receiver.heard,
    ({ length }) => length === count,
    10_000,
  );
}

async function reading() {
  const round = await server.app.get(BurnTicker).round(term);
  const [found] = (await server.app.get(TelemetryGaps).find(round)).values();
  return found;
}

it('tells of a gap once it lasts, as an alert of its own, and that it is over', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aProgram(20 * MINUTE);
  await aProgram(20 * MINUTE);
  const round = await server.app.get(BurnTicker).round(term);
  const later = (minutes: number) => ({
    ...round,
    now: round.now + minutes * MINUTE,
    evaluated: round.evaluated.map((each) => ({ ...each, at: each.at + minutes * MINUTE })),
  });
  const telemetryAlerts = async () => (await admin.get(`${PROJECT}/alerts`)).body.items;
  for (const minute of [1, 2, 4]) await server.app.get(AlertRounds).follow(later(minute), term);
  expect(await telemetryAlerts()).toMatchObject([{ kind: 'telemetry', phase: 'pending', severity: 'ticket', flag }]);
  await server.app.get(AlertRounds).follow(later(6), term);
  const [alert] = await telemetryAlerts();
  expect(alert).toMatchObject({ kind: 'telemetry', phase: 'firing', objective: 'checkout' });
  expect(alert.because).toBe(
    `none of about 10 outcomes that are usual in 10m arrived for ${flag}, and 2 of 2 programs that are there report nothing`,
  );
  const [first] = await heard(1);
  expect(first?.json).toMatchObject({ type: 'alert.firing', data: { flag, alerts: [{ kind: 'telemetry', severity: 'ticket' }] } });
  expect(first?.json.data.alerts[0].summary).toMatch(
    /^Ticket: telemetry of checkout of flag-\d+ in default\/place-\d+ is missing, which says nothing about health: none of/,
  );
  expect((await admin.get(`${PROJECT}/objectives/checkout`)).body.status.firing).toEqual([]);

  await addOutcomes(server, environmentId, { flag, from: now, to: now + 8 * MINUTE, ok: 1 });
  for (const minute of [7, 8]) await server.app.get(AlertRounds).follow(later(minute), term);
  const [, second] = await heard(2);
  expect(second?.json).toMatchObject({ type: 'alert.resolved', data: { alerts: [{ kind: 'telemetry' }] } });
});

it('a silence of its objective holds it back', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aProgram(20 * MINUTE);
  const to = new Date(Date.now() + HOUR).toISOString();
  const { body } = await admin.post(`${PROJECT}/silences`, { match: { objective: 'checkout', kind: 'telemetry' }, to, reason: 'we know' });
  const round = await server.app.get(BurnTicker).round(term);
  for (const minute of [1, 3, 5, 7]) {
    const evaluated = round.evaluated.map((each) => ({ ...each, at: each.at + minute * MINUTE }));
    await server.app.get(AlertRounds).follow({ ...round, now: round.now + minute * MINUTE, evaluated }, term);
  }
  const [alert] = (await admin.get(`${PROJECT}/alerts`)).body.items;
  expect(alert).toMatchObject({ phase: 'firing', kind: 'telemetry' });
  expect(alert.silencedUntil).not.toBeNull();
  expect(await server.database.query("select 1 from alert_delivery where state = 'waiting'")).toEqual([]);
  await admin.delete(`${PROJECT}/silences/${body.id}`);
});

it('whoever has just started does not take those who have not come back for gone', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aSender('away', 20 * MINUTE);
  const round = await server.app.get(BurnTicker).round(term);
  const found = async () => [...(await server.app.get(TelemetryGaps).find(round)).values()];
  expect(await found()).toMatchObject([{ verdict: 'heard' }]);
  clock.aheadMs = -8 * MINUTE;
  expect(await found()).toMatchObject([{ verdict: 'unknown' }]);
});

it('what falls silent in maintenance rings neither in it nor when it ends, but if it stays silent', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aProgram(20 * MINUTE);
  const at = (minutes: number) => new Date(now + minutes * MINUTE).toISOString();
  const maintenance = { environment, from: at(-14), to: at(3), reason: 'moving' };
  expect((await admin.post(`${PROJECT}/maintenance`, maintenance)).status).toBe(201);
  const round = await server.app.get(BurnTicker).round(term);
  const telling = async (minutes: number) => {
    const evaluated = round.evaluated.map((each) => ({ ...each, at: each.at + minutes * MINUTE }));
    await server.app.get(AlertRounds).follow({ ...round, now: round.now + minutes * MINUTE, evaluated }, term);
    const [{ count } = { count: 0 }] = await server.database.query<{ count: number }>('select count(*)::int from alert_delivery');
    return count;
  };
  const before = await telling(0);
  for (const minute of [2, 4, 6, 8, 10, 12]) expect(await telling(minute)).toBe(before);
  expect((await admin.get(`${PROJECT}/alerts`)).body.items).toMatchObject([{ kind: 'telemetry', phase: 'firing' }]);
  expect(await telling(14)).toBe(before + 1);
});

it('evaluations that arrive without outcomes are a gap', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await addOutcomes(server, environmentId, { flag, from: now - 15 * MINUTE, to: now, exposures: 1 });
  expect(await reading()).toMatchObject({ verdict: 'gap', because: expect.stringContaining('though it is evaluated') });
});

it('a flag with little traffic is judged over hours', async () => {
  await anObjective();
  for (const day of [1, 7, 14]) {
    const from = now - day * DAY - 9 * HOUR;
    for (let hour = 0; hour < 12; hour += 1)
      await addOutcomes(server, environmentId, { flag, from: from + hour * HOUR, to: from + hour * HOUR + MINUTE, ok: 6 });
  }
  await aProgram(9 * HOUR);
  expect(await reading()).toMatchObject({ verdict: 'gap', because: expect.stringContaining('about 36 outcomes that are usual in 6h') });
});

it('a flag that lost most of its senders has a gap, though some report', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  for (const day of [0, 1, 7, 14]) {
    const to = Math.min(now - day * DAY + 4 * HOUR, now - 15 * MINUTE);
    await addOutcomes(server, environmentId, { flag, from: now - day * DAY - 4 * HOUR, to, ok: 9 });
  }
  await addOutcomes(server, environmentId, { flag, from: now - 15 * MINUTE, to: now, ok: 1 });
  await aProgram(0);
  expect(await reading()).toMatchObject({ verdict: 'heard' });
  await aProgram(20 * MINUTE);
  expect(await reading()).toMatchObject({ verdict: 'gap', because: expect.stringMatching(/^(9|10) of about 100 outcomes/) });
});

it('programs that were started anew and say nothing are a gap, too', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aSender(randomUUID(), 20 * MINUTE);
  expect(await reading()).toMatchObject({ verdict: 'heard' });
  await aProgram(null);
  expect(await reading()).toMatchObject({ verdict: 'gap' });
});

it('pages that are open and idle are no gap while others report', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aProgram(20 * MINUTE, 'ballast-browser/1');
  await aProgram(20 * MINUTE, 'ballast-browser/1');
  expect(await reading()).toMatchObject({ verdict: 'gap' });
  await aProgram(0, 'ballast-browser/1');
  expect(await reading()).toMatchObject({ verdict: 'heard' });
});

it('OpenTelemetry that stops is a gap', async () => {
  await anObjective();
  await used([0, 1, 7, 14]);
  await aSender('otlp-server-1', 20 * MINUTE);
  expect(await reading()).toMatchObject({ verdict: 'gap' });
});

interface Quiet {
  readonly days: readonly number[];
  /** Hours before and after this time of the day. */
  readonly hours?: readonly [number, number];
  readonly program?: number;
  readonly sender?: number;
  readonly archived?: boolean;
}

it.each<readonly [string, Quiet, string]>([
  ['its programs report, so it left the code', { days: [0, 1, 7, 14], program: 0 }, 'heard'],
  ['its programs were taken away', { days: [0, 1, 7, 14], sender: 20 * MINUTE }, 'heard'],
  ['it is archived', { days: [0, 1, 7, 14], program: 20 * MINUTE, archived: true }, 'heard'],
  ['it sleeps at this time of the day', { days: [0, 1, 7, 14], hours: [-16 * HOUR, -9 * HOUR], program: 9 * HOUR }, 'unknown'],
  ['it sleeps on this day of the week', { days: [1, 2, 8, 15], program: 9 * HOUR }, 'unknown'],
  ['it was never heard of', { days: [], program: 20 * MINUTE }, 'unknown'],
])('silence of a flag is no gap when %s', async (_, { days, hours = [-4 * HOUR, 4 * HOUR], program, sender, archived }, verdict) => {
  await anObjective();
  await used(days, ...hours);
  if (program !== undefined) await aProgram(program);
  if (sender !== undefined) await aSender('gone', sender);
  if (archived === true) expect((await admin.delete(`${PROJECT}/flags/${flag}`)).status).toBe(200);
  expect(await reading()).toEqual({ verdict, because: null, spanMs: 0, isExcused: false });
});

it('of a tag that no flag has any more, nothing is missing', async () => {
  await anObjective({ scope: { kind: 'tag', tag: 'nobody' } });
  expect(await reading()).toMatchObject({ verdict: 'heard' });
});

it('a business objective listens to its events', async () => {
  await anObjective({ indicator: { kind: 'business', good: 'paid', total: 'ordered' } });
  for (const day of [1, 7, 14]) {
    await used([day]);
    await addEvents(server, environmentId, {
      flag,
      event: 'ordered',
      from: now - day * DAY - 4 * HOUR,
      to: now - day * DAY + 4 * HOUR,
      count: 1,
    });
  }
  await addOutcomes(server, environmentId, { flag, from: now - 15 * MINUTE, to: now, ok: 1 });
  expect(await reading()).toMatchObject({ verdict: 'gap', because: expect.stringContaining('though it is evaluated') });
});

it('of what a Prometheus counts no answer is a gap, where there was one at this time on other days', async () => {
  const query = 'sum(increase(shop_orders_total[$window]))';
  await anObjective({ indicator: { kind: 'promql', counts: 'bad', query, total: query } });
  expect(await reading()).toMatchObject({ verdict: 'unknown', because: null });
  await server.database.query(
    `insert into objective_history (objective_id, at, state, burn)
     select o.id, date_bin('15 minutes', $1::timestamptz + shift, '2000-01-01Z') - day, 'ok', 0
     from objective o, unnest(array[interval '1 day', '7 days', '14 days']) as day, unnest(array[interval '0', '15 minutes']) as shift
     where o.name = 'checkout' on conflict do nothing`,
    [new Date(now)],
  );
  expect(await reading()).toMatchObject({ verdict: 'gap', because: expect.stringContaining('PROMETHEUS_URL') });
});
