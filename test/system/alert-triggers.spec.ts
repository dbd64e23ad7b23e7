import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const PROJECT = '/api/v1/projects/default';
const TRIGGERS = `${PROJECT}/triggers`;
const CONFIG = `${PROJECT}/flags/new-checkout/environments/development`;

let server: TestServer;
let admin: ReturnType<typeof api>;
let number = 0;

beforeAll(async () => {
  server = await aServer({ settings: { publicUrl: 'https://flags.shop.example' } });
  admin = api(server);
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'checkout' };
  for (const key of ['new-checkout', 'other']) await admin.post(`${PROJECT}/flags`, { ...flag, key });
});

afterAll(() => server.stop());

beforeEach(async () => {
  await admin.post(`${CONFIG}/restore`, { reason: 'next story' });
  for (const { id } of (await admin.get(TRIGGERS)).body.items) await admin.delete(`${TRIGGERS}/${id}`);
  for (const { id } of (await admin.get(`${PROJECT}/silences`)).body.items) await admin.delete(`${PROJECT}/silences/${id}`);
  for (const { id } of (await admin.get(`${PROJECT}/incidents?state=open`)).body.items)
    await admin.post(`${PROJECT}/incidents/${id}/close`);
});

interface Trigger {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

async function aTrigger(different: object = {}): Promise<Trigger> {
  const name = `pager-${++number}`;
  const allowed = { actions: ['kill', 'incident'], environments: ['development'], flags: ['new-checkout'] };
  const { body } = await admin.post(TRIGGERS, { name, ...allowed, ...different });
  expect(body).toMatchObject({ name, url: `https://flags.shop.example/api/v1/triggers/${body.id}` });
  return body;
}

const pull = (trigger: Trigger, body: unknown, headers: Record<string, string> = {}) =>
  admin.post(`/api/v1/triggers/${trigger.id}`, body, { token: trigger.secret, headers });

const anAlert = (different: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'CheckoutErrors', flag: 'new-checkout', environment: 'development' },
  annotations: { summary: 'Checkout fails for one in ten' },
  startsAt: '2026-11-22T01:00:00.000Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example/graph',
  fingerprint: 'c0ffee',
  ...different,
});
const fromAlertmanager = (...alerts: object[]) => ({
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'ballast',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  alerts,
});

const isKilled = async (flag = 'new-checkout') =>
  (await server.database.query('select 1 from kill k join flag f on f.id = k.flag_id where f.key = $1', [flag])).length > 0;
const outcomes = (answer: { body: { results: { action: string; outcome: string }[] } }) =>
  answer.body.results.map(({ action, outcome }) => [action, outcome]);
const incidents = async (state: string) => (await admin.get(`${PROJECT}/incidents?state=${state}`)).body.items;

describe("an alert of Alertmanager's", () => {
  it('kills the flag it names and opens an incident, once; its end closes the incident and leaves the flag killed', async () => {
    const trigger = await aTrigger();
    expect(outcomes(await pull(trigger, fromAlertmanager(anAlert())))).toEqual([
      ['kill', 'done'],
      ['incident', 'done'],
    ]);
    expect(await isKilled()).toBe(true);
    const [open] = await incidents('open');
    expect(open).toMatchObject({
      environment: 'development',
      flag: 'new-checkout',
      title: 'Checkout fails for one in ten',
      openedBy: `trigger:${trigger.name}`,
      closedAt: null,
    });
    const [line] = (await admin.get(`${PROJECT}/changes?action=flag.kill&limit=1`)).body.items;
    expect(line).toMatchObject({
      actor: `trigger:${trigger.name}`,
      reason: 'Checkout fails for one in ten',
      resource: { key: 'new-checkout' },
    });

    await admin.post(`${CONFIG}/restore`, { reason: 'false alarm' });
    expect(outcomes(await pull(trigger, fromAlertmanager(anAlert())))).toEqual([
      ['kill', 'repeated'],
      ['incident', 'repeated'],
    ]);
    expect(await isKilled()).toBe(false);

    expect(
      outcomes(await pull(trigger, fromAlertmanager(anAlert({ startsAt: '2026-11-22T02:00:00+00:00', fingerprint: 'c0ffee' })))),
    ).toEqual([
      ['kill', 'done'],
      ['incident', 'done'],
    ]);
    expect(await incidents('open')).toHaveLength(2);
    expect(outcomes(await pull(trigger, fromAlertmanager(anAlert({ status: 'resolved' }))))).toEqual([['close', 'done']]);
    expect((await incidents('closed'))[0]).toMatchObject({ id: open.id, closedBy: `trigger:${trigger.name}` });
    expect(await isKilled()).toBe(true);
    const [rest] = await incidents('open');
    expect(await admin.post(`${PROJECT}/incidents/${rest.id}/close`, { reason: 'fixed' })).toMatchObject({
      status: 200,
      body: { closedBy: 'admin' },
    });
    expect(await incidents('open')).toEqual([]);
  });

  it('that comes twenty times at once is done once', async () => {
    const trigger = await aTrigger({ actions: ['incident'] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => pull(trigger, fromAlertmanager(anAlert()))));
    expect(answers.map((answer) => outcomes(answer)[0]?.[1]).sort()).toEqual(['done', ...Array.from({ length: 19 }, () => 'repeated')]);
    expect((await incidents('open')).filter(({ openedBy }: { openedBy: string }) => openedBy === `trigger:${trigger.name}`)).toHaveLength(
      1,
    );
  });

  it('that kills, and comes twenty times at once, kills once', async () => {
    const trigger = await aTrigger({ actions: ['kill'], actionsPerHour: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => pull(trigger, fromAlertmanager(anAlert()))));
    expect(answers.map((answer) => outcomes(answer)[0]?.[1]).sort()).toEqual(['done', ...Array.from({ length: 19 }, () => 'repeated')]);
  });

  it('may only what is on the list', async () => {
    const kills = await aTrigger({ actions: ['kill'] });
    const other = (labels: object) => fromAlertmanager(anAlert({ labels: { alertname: 'X', ...labels } }));
    expect(outcomes(await pull(kills, other({ flag: 'other', environment: 'development' })))).toEqual([['kill', 'not_allowed']]);
    expect(outcomes(await pull(kills, other({ flag: 'new-checkout', environment: 'production' })))).toEqual([['kill', 'not_allowed']]);
    expect(outcomes(await pull(kills, other({ environment: 'development' })))).toEqual([]);
    expect(await isKilled('other')).toBe(false);
    const gone = await aTrigger({ actions: ['kill'], flags: ['never-was'] });
    expect(outcomes(await pull(gone, other({ flag: 'never-was' })))).toEqual([['kill', 'not_found']]);
    expect(outcomes(await pull(gone, { action: 'incident', environment: 'development', reason: 'looks bad' }))).toEqual([
      ['incident', 'not_allowed'],
    ]);
  });

  it('kills nothing under a silence, and opens an incident all the same', async () => {
    const trigger = await aTrigger();
    const to = new Date(Date.now() + 3_600_000).toISOString();
    const silence = await admin.post(`${PROJECT}/silences`, { match: { flag: 'new-checkout' }, to, reason: 'load test' });
    expect(outcomes(await pull(trigger, fromAlertmanager(anAlert())))).toEqual([
      ['kill', 'suppressed'],
      ['incident', 'done'],
    ]);
    expect(await isKilled()).toBe(false);
    await admin.delete(`${PROJECT}/silences/${silence.body.id}`);
    expect(outcomes(await pull(trigger, fromAlertmanager(anAlert())))).toEqual([
      ['kill', 'done'],
      ['incident', 'repeated'],
    ]);
  });
});

describe('a sender of its own', () => {
  it('names its requests, so that each is done once', async () => {
    const trigger = await aTrigger();
    const kill = { action: 'kill', environment: 'development', flag: 'new-checkout', reason: 'the probe failed' };
    expect(outcomes(await pull(trigger, kill, { 'webhook-id': 'msg_1' }))).toEqual([['kill', 'done']]);
    await admin.post(`${CONFIG}/restore`, { reason: 'fixed' });
    expect(outcomes(await pull(trigger, kill, { 'webhook-id': 'msg_1' }))).toEqual([['kill', 'repeated']]);
    expect(await isKilled()).toBe(false);
    expect(outcomes(await pull(trigger, kill, { 'webhook-id': 'msg_2' }))).toEqual([['kill', 'done']]);
  });

  it('may do no more in an hour than was said', async () => {
    const trigger = await aTrigger({ actionsPerHour: 2 });
    const incident = { action: 'incident', environment: 'development', reason: 'again' };
    const done = [];
    for (let turn = 0; turn < 4; turn += 1) done.push(outcomes(await pull(trigger, incident))[0]?.[1]);
    expect(done).toEqual(['done', 'done', 'too_many', 'too_many']);
    expect(outcomes(await pull(trigger, { action: 'kill', environment: 'development', flag: 'new-checkout', reason: 'x' }))).toEqual([
      ['kill', 'too_many'],
    ]);
    expect(await isKilled()).toBe(false);
  });

  it('is slowed down when it knocks too often', async () => {
    const trigger = await aTrigger();
    const answers = await Promise.all(Array.from({ length: 40 }, () => pull(trigger, fromAlertmanager())));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('may sign by Standard Webhooks instead of sending a secret', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const trigger = await aTrigger({ publicKey: `whpk_${raw}` });
    const body = '{ "action": "kill",  "environment": "development", "flag": "new-checkout", "reason": "signed" }';
    const signed = (key: KeyObject, seconds: number, sent = body) =>
      admin.post(`/api/v1/triggers/${trigger.id}`, sent, {
        token: null,
        headers: {
          'webhook-id': 'msg_signed',
          'webhook-timestamp': String(seconds),
          'webhook-signature': `v1a,${sign(null, Buffer.from(`msg_signed.${seconds}.${body}`), key).toString('base64')}`,
        },
      });
    const now = Math.floor(Date.now() / 1_000);
    expect((await signed(generateKeyPairSync('ed25519').privateKey, now)).status).toBe(401);
    expect((await signed(privateKey, now - 3_600)).status).toBe(401);
    expect((await signed(privateKey, now, body.replace('kill', 'incident'))).status).toBe(401);
    expect(await isKilled()).toBe(false);
    expect(outcomes(await signed(privateKey, now))).toEqual([['kill', 'done']]);
    expect(outcomes(await signed(privateKey, now))).toEqual([['kill', 'repeated']]);
  });
});

describe('the door', () => {
  it('is shut to whoever has no secret, the wrong one, an old one or a token of the API', async () => {
    const trigger = await aTrigger();
    const status = async (token: string | null, id = trigger.id) =>
      (await admin.post(`/api/v1/triggers/${id}`, fromAlertmanager(anAlert()), { token })).status;
    expect(await status(null)).toBe(401);
    expect(await status('wrong')).toBe(401);
    expect(await status(server.adminToken)).toBe(401);
    expect(await status(trigger.secret, '00000000-0000-4000-8000-000000000000')).toBe(401);
    expect(await status(trigger.secret, 'no-uuid')).toBe(401);
    const { body: rotated } = await admin.post(`${TRIGGERS}/${trigger.id}/rotate`);
    expect(await status(trigger.secret)).toBe(401);
    expect(await isKilled()).toBe(false);
    expect(await status(rotated.secret)).toBe(200);
    const stored = JSON.stringify(await server.database.query('select * from alert_trigger'));
    for (const secret of [trigger.secret, rotated.secret]) expect(stored).not.toContain(secret);
  });

  it('says what is wrong with a body', async () => {
    const trigger = await aTrigger();
    for (const body of [
      {},
      { action: 'kill' },
      fromAlertmanager({ status: 'firing' }),
      { ...fromAlertmanager(), version: '3' },
      '[]',
      'null',
    ]) {
      expect((await pull(trigger, body)).body).toMatchObject({ status: 400, code: 'request.invalid' });
    }
    expect((await pull(trigger, '{"a":')).body.code).toBe('body.malformed');
    expect((await pull(trigger, JSON.stringify({ pad: 'x'.repeat(300_000) }))).status).toBe(413);
  });
});
