import { createHmac } from 'node:crypto';
import { type BurnRule, evaluateObjective, MINUTE, type WindowCounts } from '@ballast/slo';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AlertRounds } from '../../apps/server/src/alerts/alert-rounds.js';
import type { Term } from '../../apps/server/src/database/term.js';
import { BurnTicker } from '../../apps/server/src/slo/index.js';
import { aReceiver, type Heard, type Receiver } from '../harness/a-receiver.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';
import { currentTerm } from './slo-ground.js';

const PROJECT = '/api/v1/projects/default';
const HOUR = 60 * MINUTE;
const RULES: readonly BurnRule[] = [
  { severity: 'page', longMs: HOUR, shortMs: 5 * MINUTE, factor: 4, forMs: 0 },
  { severity: 'ticket', longMs: 6 * HOUR, shortMs: 30 * MINUTE, factor: 2, forMs: 0 },
];

let server: TestServer;
let admin: ReturnType<typeof api>;
let term: Term;
let receiver: Receiver;
let secret: string;
/** Minutes that went by in this story, ahead of all that the server evaluates by itself. */
let minutes = 0;

beforeAll(async () => {
  server = await aServer({ settings: { publicUrl: 'https://flags.shop.example' } });
  admin = api(server);
  term = await currentTerm(server);
});

afterAll(() => server.stop());

beforeEach(async () => {
  receiver = await aReceiver();
  const { body } = await admin.post(`${PROJECT}/channels`, { name: 'hook', config: { kind: 'webhook', url: `${receiver.url}/alerts` } });
  secret = body.secret;
});

afterEach(async () => {
  for (const { name } of (await admin.get(`${PROJECT}/channels`)).body.items) await admin.delete(`${PROJECT}/channels/${name}`);
  for (const { id } of (await admin.get(`${PROJECT}/silences`)).body.items) await admin.delete(`${PROJECT}/silences/${id}`);
  for (const { name } of (await admin.get(`${PROJECT}/objectives`)).body.items) await admin.delete(`${PROJECT}/objectives/${name}`);
  // What fired is over, since its objective is.
  await aMinute('healthy');
  await receiver.stop();
});

async function anObjective(name: string, different: object = {}) {
  const scope = { kind: 'variant', flag: 'new-checkout', variant: 'on' };
  const objective = {
    name,
    environment: 'development',
    owner: 'checkout',
    indicator: { kind: 'success' },
    scope,
    target: 0.99,
    policy: [],
    ...different,
  };
  const created = await admin.post(`${PROJECT}/objectives`, { runbook: 'https://runbooks.example/checkout', ...objective });
  expect(created.body).toMatchObject({ name });
}

const counts = (good: number, bad: number): WindowCounts => ({ all: { good, bad }, excluded: { good: 0, bad: 0 } });

/** The alerts follow a round one minute after the last, in which all objectives are healthy, burn, or burn with tickets only. */
async function aMinute(how: 'healthy' | 'burning' | 'smouldering', passed = 1): Promise<void> {
  minutes += passed;
  const round = await server.app.get(BurnTicker).round(term);
  const bad = { healthy: 0, burning: 100, smouldering: 30 }[how];
  const windows = new Map(RULES.flatMap(({ longMs, shortMs }) => [longMs, shortMs]).map((ms) => [ms, counts(1_000 - bad, bad)]));
  const readings = { periodMs: 30 * 24 * HOUR, period: counts(10_000 - bad, bad), windows };
  const evaluation = evaluateObjective({ target: 0.99, rules: RULES }, readings);
  const evaluated = round.evaluated.map((each) => ({ ...each, at: each.at + minutes * MINUTE, readings, evaluation }));
  await server.app.get(AlertRounds).follow({ ...round, now: round.now + minutes * MINUTE, evaluated }, term);
  // Of these minutes only alerts know: whoever sends goes by the clock.
  await server.database.query("update alert_delivery set next_at = now() where state = 'waiting'");
}

const heardBy = (someone: Receiver, count: number): Promise<Heard[]> =>
  until(
    () => someone.heard,
    ({ length }) => length >= count,
    10_000,
  );
const types = (someone: Receiver) => someone.heard.map(({ json }) => json.type);
const alerts = async (query = '') => (await admin.get(`${PROJECT}/alerts${query}`)).body.items;

/** Nothing is on its way any more. */
const allIsSaid = () =>
  until(
    async () => (await server.database.query("select 1 from alert_delivery where state = 'waiting'")).length,
    (waiting) => waiting === 0,
    10_000,
  );

it('tells once that an objective burns, with all that there is to know, and once that it is over', async () => {
  await admin.post(`${PROJECT}/flags`, {
    key: 'new-checkout',
    kind: 'release',
    type: 'boolean',
    variants: { on: true, off: false },
    owner: 'checkout',
    expiresAt: '2030-01-01T00:00:00Z',
    reason: 'rollout begins',
  });
  await anObjective('checkout-success');
  for (let minute = 0; minute < 3; minute += 1) await aMinute('burning');
  const [first] = await heardBy(receiver, 1);
  const { type, data } = first?.json ?? {};
  expect(type).toBe('alert.firing');
  expect(data).toMatchObject({ project: 'default', environment: 'development', flag: 'new-checkout', variant: 'on' });
  expect(data.alerts.map(({ severity, objective }: { severity: string; objective: string }) => [severity, objective])).toEqual([
    ['page', 'checkout-success'],
    ['ticket', 'checkout-success'],
  ]);
  expect(data.alerts[0]).toMatchObject({
    status: 'firing',
    owner: 'checkout',
    summary:
      'Page: checkout-success of new-checkout (on) in default/development burns its error budget 10x as fast as allowed over 1h and 10x over 5m (limit 4x)',
    target: 0.99,
    runbook: 'https://runbooks.example/checkout',
    link: 'https://flags.shop.example/api/v1/projects/default/objectives/checkout-success',
  });
  expect(data.changes[0]).toMatchObject({
    actor: 'admin',
    action: 'objective.create',
    key: 'checkout-success',
    environment: 'development',
  });
  expect(
    data.changes.map(({ action, key, reason }: { action: string; key: string; reason: string }) => [action, key, reason]),
  ).toContainEqual(['flag.create', 'new-checkout', 'rollout begins']);

  await aMinute('healthy');
  expect((await alerts()).map(({ phase }: { phase: string }) => phase)).toEqual(['firing', 'firing']);
  await aMinute('healthy');
  const [, second] = await heardBy(receiver, 2);
  expect(second?.json).toMatchObject({
    type: 'alert.resolved',
    data: { alerts: [{ status: 'resolved', since: data.alerts[0].since }, {}] },
  });
  await aMinute('healthy');
  await allIsSaid();
  expect(types(receiver)).toEqual(['alert.firing', 'alert.resolved']);
  expect(await alerts()).toEqual([]);
  expect((await alerts('?phase=resolved')).map(({ severity }: { severity: string }) => severity)).toEqual(['page', 'ticket']);
});

it('signs what it sends, as Standard Webhooks say', async () => {
  await anObjective('signed');
  await aMinute('burning');
  const [heard] = await heardBy(receiver, 1);
  const { headers = {}, body = '' }: Partial<Heard> = heard ?? {};
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  expect(headers['webhook-id']).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(300);
});

it('counts a minute once, however often it is evaluated', async () => {
  await anObjective('same-minute');
  await aMinute('burning');
  await aMinute('healthy');
  await aMinute('healthy', 0);
  expect(await alerts('?flag=new-checkout')).toHaveLength(2);
  await aMinute('healthy');
  expect(await alerts('?flag=new-checkout')).toHaveLength(0);
});

it.each([
  ['a silence', 'silences', { match: { owner: 'checkout', severity: 'page' } }, ['ticket']],
  ['maintenance', 'maintenance', { environment: 'development' }, []],
])('says nothing under %s, measures all the same, and says what is true when it ends', async (_, path, body, told) => {
  const to = new Date(Date.now() + 2 * HOUR).toISOString();
  const created = await admin.post(`${PROJECT}/${path}`, { ...body, to, reason: 'the database moves' });
  expect(created.status).toBe(201);
  await anObjective(`under-${path}`);
  await aMinute('burning');
  await allIsSaid();
  const severities = () => receiver.heard.flatMap(({ json }) => json.data.alerts.map(({ severity }: { severity: string }) => severity));
  expect(severities()).toEqual(told);
  const [page] = await alerts();
  expect(page).toMatchObject({ phase: 'firing', severity: 'page' });
  expect(Date.parse(page.silencedUntil) - Date.parse(to)).toBeLessThanOrEqual(MINUTE);
  await admin.delete(`${PROJECT}/${path}/${created.body.id}`);
  await server.database.query("update maintenance set ends_at = now(), starts_at = now() - interval '1 hour'");
  await aMinute('burning');
  await heardBy(receiver, told.length + 1);
  expect(severities().sort()).toEqual(['page', 'ticket']);
  expect(types(receiver).every((type) => type === 'alert.firing')).toBe(true);
});

it('passes on what nobody acknowledges, until somebody does', async () => {
  const boss = await aReceiver();
  await admin.post(`${PROJECT}/channels`, { name: 'boss', level: 1, config: { kind: 'webhook', url: boss.url } });
  await anObjective('escalating');
  await aMinute('burning');
  await heardBy(receiver, 1);
  expect(boss.heard).toEqual([]);
  await aMinute('burning', 15);
  const [passed] = await heardBy(boss, 1);
  expect(passed?.json).toMatchObject({ type: 'alert.escalated', data: { alerts: [{ level: 1, severity: 'page' }] } });
  expect(passed?.json.data.alerts).toHaveLength(1);
  expect(passed?.json.data.alerts[0].summary).toMatch(/^Nobody acknowledged for 15 min \(level 1\): escalating of new-checkout/);

  const [page] = await alerts();
  const acknowledged = await admin.post(`${PROJECT}/alerts/${page.key}/acknowledge`, { reason: 'on it' });
  expect(acknowledged).toMatchObject({ status: 200, body: { acknowledged: { by: 'admin' }, escalations: 1 } });
  await heardBy(boss, 2);
  await aMinute('burning', 60);
  await aMinute('healthy');
  await aMinute('healthy');
  await heardBy(boss, 3);
  await allIsSaid();
  expect(types(boss)).toEqual(['alert.escalated', 'alert.acknowledged', 'alert.resolved']);
  expect(types(receiver)).toEqual(['alert.firing', 'alert.acknowledged', 'alert.resolved']);
  const [line] = (await admin.get(`${PROJECT}/changes?action=alert.acknowledge&limit=1`)).body.items;
  expect(line).toMatchObject({
    actor: 'admin',
    reason: 'on it',
    resource: { kind: 'alert', key: 'escalating' },
    environment: 'development',
  });
  await boss.stop();
});

it('tells a channel only what it wants to hear', async () => {
  const tickets = await aReceiver();
  await admin.post(`${PROJECT}/channels`, {
    name: 'tickets',
    match: { severity: 'ticket' },
    config: { kind: 'webhook', url: tickets.url },
  });
  const elsewhere = await aReceiver();
  await admin.post(`${PROJECT}/channels`, { name: 'other', match: { flag: 'other' }, config: { kind: 'webhook', url: elsewhere.url } });
  await anObjective('picky');
  await aMinute('smouldering');
  await heardBy(tickets, 1);
  await aMinute('burning');
  await heardBy(receiver, 2);
  await allIsSaid();
  expect(tickets.heard.map(({ json }) => json.data.alerts.length)).toEqual([1]);
  expect(elsewhere.heard).toEqual([]);
  await Promise.all([tickets.stop(), elsewhere.stop()]);
});

it('gives PagerDuty an event for each alert, under a key by which it knows it again', async () => {
  const pagerDuty = await aReceiver((response) => response.writeHead(202).end('{"status":"success"}'));
  const config = { kind: 'pagerduty', routingKey: 'R'.repeat(32), url: pagerDuty.url };
  await admin.post(`${PROJECT}/channels`, { name: 'pagerduty', config });
  await anObjective('paging');
  await aMinute('burning');
  const [page] = await alerts();
  await admin.post(`${PROJECT}/alerts/${page.key}/acknowledge`);
  await aMinute('healthy');
  await aMinute('healthy');
  await heardBy(pagerDuty, 5);
  const events = pagerDuty.heard.map(({ json }) => [json.event_action, json.payload.severity, json.dedup_key === page.key]);
  expect(events).toEqual([
    ['trigger', 'critical', true],
    ['trigger', 'warning', false],
    ['acknowledge', 'critical', true],
    ['resolve', 'critical', true],
    ['resolve', 'warning', false],
  ]);
  expect(pagerDuty.heard[0]?.json.links[0]).toEqual({ href: 'https://runbooks.example/checkout', text: 'Runbook' });
  await pagerDuty.stop();
});

it('tells Alertmanager again of what still fires, in the place of the time before, and nobody else', async () => {
  const alertmanager = await aReceiver((response) => response.writeHead(200).end());
  await admin.post(`${PROJECT}/channels`, { name: 'am', config: { kind: 'alertmanager', url: alertmanager.url } });
  await anObjective('lasting');
  await aMinute('burning');
  await heardBy(alertmanager, 1);
  for (let minute = 1; minute < 5; minute += 1) await aMinute('burning');
  await allIsSaid();
  expect(alertmanager.heard).toHaveLength(1);
  await aMinute('burning');
  await heardBy(alertmanager, 2);
  await aMinute('burning', 5);
  await heardBy(alertmanager, 3);
  const told = alertmanager.heard.map(({ json }) =>
    json
      .map(({ labels, startsAt }: { labels: { severity: string }; startsAt: string }) =>
        JSON.stringify([labels.severity, labels, startsAt]),
      )
      .sort(),
  );
  expect(told[0]).toHaveLength(2);
  expect(told[1]).toEqual(told[0]);
  const deliveries = (await admin.get(`${PROJECT}/deliveries?channel=am`)).body.items;
  expect(deliveries.map(({ type }: { type: string }) => type)).toEqual(['alert.repeated', 'alert.firing']);
  for (const { json } of alertmanager.heard) expect(Date.parse(json[0].endsAt) - Date.now()).toBeGreaterThan(50 * MINUTE);
  await aMinute('healthy');
  await aMinute('healthy', 6);
  await aMinute('healthy', 6);
  await heardBy(alertmanager, 4);
  await allIsSaid();
  const last = alertmanager.heard.at(-1)?.json;
  expect(last.map(({ endsAt }: { endsAt: string }) => Date.parse(endsAt) <= Date.now() + minutes * MINUTE)).toEqual([true, true]);
  expect(alertmanager.heard).toHaveLength(4);
  expect(types(receiver)).toEqual(['alert.firing', 'alert.resolved']);
  await alertmanager.stop();
});

it('ends the alerts of an objective that is deleted', async () => {
  await anObjective('deleted');
  await aMinute('burning');
  await heardBy(receiver, 1);
  await admin.delete(`${PROJECT}/objectives/deleted`);
  await aMinute('healthy');
  await heardBy(receiver, 2);
  expect(types(receiver)).toEqual(['alert.firing', 'alert.resolved']);
});

it('tells of the end of an objective that was deleted under a silence, when that is over', async () => {
  await anObjective('short-lived');
  await aMinute('burning');
  await heardBy(receiver, 1);
  const to = new Date(Date.now() + 2 * HOUR).toISOString();
  const { body } = await admin.post(`${PROJECT}/silences`, { match: { owner: 'checkout' }, to, reason: 'it goes' });
  await admin.delete(`${PROJECT}/objectives/short-lived`);
  await aMinute('healthy');
  expect(types(receiver)).toEqual(['alert.firing']);
  await admin.delete(`${PROJECT}/silences/${body.id}`);
  await server.database.query("update alert_silence set starts_at = now() - interval '1 hour', ends_at = now()");
  await aMinute('healthy');
  const [, over] = await heardBy(receiver, 2);
  expect(over?.json.type).toBe('alert.resolved');
});

it('lets an alert go on when the rules of its objective change', async () => {
  await anObjective('changing');
  await aMinute('burning');
  await admin.patch(`${PROJECT}/objectives/changing`, { owner: 'payments' });
  await aMinute('burning');
  expect((await alerts()).map(({ phase, owner }: { phase: string; owner: string }) => [phase, owner])).toEqual([
    ['firing', 'payments'],
    ['firing', 'payments'],
  ]);
  await aMinute('healthy');
  await aMinute('healthy');
  expect(await alerts()).toEqual([]);
  await allIsSaid();
  expect(types(receiver)).toEqual(['alert.firing', 'alert.resolved']);
});

it('tells once of each step of the policy that applies, and that it applies no more', async () => {
  const policy = [
    { remainingBelow: 0.5, action: 'notify' },
    { remainingBelow: 0.25, action: 'require_approval_for_ramp' },
    { remainingBelow: -1, action: 'freeze_changes' },
  ];
  await anObjective('thrifty', { policy });
  const budgets = (heard: Heard | undefined) => heard?.json.data.alerts.filter(({ kind }: { kind: string }) => kind === 'budget');
  for (let minute = 0; minute < 3; minute += 1) await aMinute('burning');
  const [first] = await heardBy(receiver, 1);
  expect(first?.json.data.alerts.map(({ kind, severity }: { kind: string; severity: string }) => [kind, severity])).toEqual([
    ['burn', 'page'],
    ['burn', 'ticket'],
    ['budget', 'ticket'],
    ['budget', 'ticket'],
  ]);
  expect(budgets(first).map(({ summary }: { summary: string }) => summary)).toEqual([
    'Ticket: thrifty of new-checkout (on) in default/development has 0 % of its error budget left, less than 50 %: handle with care',
    'Ticket: thrifty of new-checkout (on) in default/development has 0 % of its error budget left, less than 25 %: giving it to more contexts needs approval',
  ]);
  // The step is taken out of the policy: nothing is to be approved any more.
  await admin.patch(`${PROJECT}/objectives/thrifty`, { policy: policy.slice(0, 1) });
  await aMinute('burning');
  const [, second] = await heardBy(receiver, 2);
  expect(second?.json.data.alerts.map(({ summary }: { summary: string }) => summary)).toEqual([
    'Resolved: the step require_approval_for_ramp of the error budget policy of thrifty of new-checkout (on) in default/development applies no more',
  ]);
  await aMinute('healthy');
  await aMinute('healthy');
  const [, , third] = await heardBy(receiver, 3);
  expect(budgets(third)).toMatchObject([{ status: 'resolved', budgetRemaining: 1 }]);
  await allIsSaid();
  expect(types(receiver)).toEqual(['alert.firing', 'alert.resolved', 'alert.resolved']);
});

it('refuses what cannot be acknowledged or silenced, and those who may not', async () => {
  expect(await admin.post(`${PROJECT}/alerts/0000000000000000/acknowledge`)).toMatchObject({
    status: 404,
    body: { code: 'alert.not_found' },
  });
  const to = new Date(Date.now() + HOUR).toISOString();
  const silence = (body: object) => admin.post(`${PROJECT}/silences`, { match: { flag: 'x' }, to, reason: 'why', ...body });
  expect((await silence({ match: {} })).body).toMatchObject({ status: 400, code: 'silence.invalid', problems: [{ path: '/match' }] });
  expect((await silence({ to: new Date(Date.now() + 31 * 24 * HOUR).toISOString() })).body).toMatchObject({ problems: [{ path: '/to' }] });
  expect((await silence({ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' })).body).toMatchObject({
    problems: [{ message: 'is in the past' }],
  });
  expect((await silence({ match: { colour: 'red' } })).status).toBe(400);
  const { body: reader } = await admin.post('/api/v1/tokens', { name: 'reads alerts', scopes: ['read'] });
  const as = { token: reader.secret };
  expect((await admin.get(`${PROJECT}/alerts`, as)).status).toBe(200);
  expect((await admin.post(`${PROJECT}/alerts/x/acknowledge`, {}, as)).status).toBe(403);
  expect((await admin.post(`${PROJECT}/silences`, { match: { flag: 'x' }, to, reason: 'why' }, as)).status).toBe(403);
  expect((await admin.post(`${PROJECT}/channels`, { name: 'x', config: { kind: 'webhook', url: receiver.url } }, as)).status).toBe(403);
});
