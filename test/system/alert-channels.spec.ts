import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aReceiver, type Heard, type Receiver } from '../harness/a-receiver.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

const PROJECT = '/api/v1/projects/default';
const CHANNELS = `${PROJECT}/channels`;

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const mails: Mail[] = [];
/** A mail server that says no to the next so many mails. */
let refusals = 0;
const smtp = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (refusals-- > 0) return done(new Error('greylisted, come back later'));
      const { mailFrom, rcptTo } = session.envelope;
      mails.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        text: Buffer.concat(chunks).toString('utf8'),
      });
      return done();
    });
  },
});

let server: TestServer;
let admin: ReturnType<typeof api>;
let number = 0;

beforeAll(async () => {
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port } = smtp.server.address() as AddressInfo;
  server = await aServer({ settings: { smtpUrl: `smtp://127.0.0.1:${port}`, publicUrl: 'https://flags.shop.example' } });
  admin = api(server);
});

afterAll(async () => {
  await server.stop();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

beforeEach(async () => {
  for (const { name } of (await admin.get(CHANNELS)).body.items) await admin.delete(`${CHANNELS}/${name}`);
});

/** A channel with a name of its own; answers its name and secret. */
async function aChannel(config: object): Promise<{ readonly name: string; readonly secret: string }> {
  const name = `channel-${++number}`;
  const created = await admin.post(CHANNELS, { name, config });
  expect(created.body).toMatchObject({ name, enabled: true });
  return created.body;
}

const aHook = (receiver: { readonly url: string }) => aChannel({ kind: 'webhook', url: receiver.url });
const test = async (name: string) => (await admin.post(`${CHANNELS}/${name}/test`)).body;
const deliveries = async (name: string) => (await admin.get(`${PROJECT}/deliveries?channel=${name}`)).body.items;
const heardBy = (someone: Receiver, count: number): Promise<Heard[]> =>
  until(
    () => someone.heard,
    ({ length }) => length >= count,
    20_000,
  );
const settled = (name: string) =>
  until(
    async () => (await deliveries(name))[0],
    ({ state }) => state !== 'waiting',
    20_000,
  );
/** The newest message of a channel, once so many attempts were made. */
const tried = (name: string, attempts: number) =>
  until(
    async () => (await deliveries(name))[0],
    (delivery) => delivery.attempts === attempts && (delivery.problem !== null || delivery.state !== 'waiting'),
    25_000,
  );
/** Lets the wait before the next attempt be over. */
const comeBack = () => server.database.query("update alert_delivery set next_at = now() where state = 'waiting'");

function isSigned({ headers, body }: Heard, secret: string): boolean {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(content)
    .digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${signature}`);
}

describe('a webhook', () => {
  it('is sent again under the same id until it is taken', async () => {
    const receiver = await aReceiver(
      (response, _, index) => void response.writeHead(index === 0 ? 500 : 204).end(index === 0 ? 'not now' : ''),
    );
    const { name, secret } = await aHook(receiver);
    await test(name);
    const failed = await tried(name, 1);
    expect(failed).toMatchObject({ state: 'waiting', attempts: 1, status: 500, problem: 'HTTP 500: not now' });
    const wait = Date.parse(failed.nextAt) - Date.now();
    expect(wait).toBeLessThan(6_000);
    const [first, second] = await heardBy(receiver, 2);
    expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
    expect([first, second].every((each) => each !== undefined && isSigned(each, secret))).toBe(true);
    expect(await settled(name)).toMatchObject({ state: 'delivered', attempts: 2, status: 204, problem: null });
    await receiver.stop();
  });

  it('that was away for long hears of what waits as soon as there is news for the same group', async () => {
    const receiver = await aReceiver((response, _, index) => void response.writeHead(index === 0 ? 500 : 204).end());
    const { name } = await aHook(receiver);
    await test(name);
    await tried(name, 1);
    await server.database.query("update alert_delivery set attempts = 6, next_at = now() + interval '10 hours' where state = 'waiting'");
    await test(name);
    const [first, second, third] = await heardBy(receiver, 3);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(third?.headers['webhook-id']).not.toBe(first?.headers['webhook-id']);
    await receiver.stop();
  });

  it('that asked for patience gets it, whatever news there is', async () => {
    const receiver = await aReceiver((response) => void response.writeHead(429, { 'retry-after': '3600' }).end());
    const { name } = await aHook(receiver);
    await test(name);
    const { nextAt } = await tried(name, 1);
    await test(name);
    const [newer, older] = await deliveries(name);
    expect([newer.attempts, older.nextAt]).toEqual([0, nextAt]);
    await receiver.stop();
  });

  it('has failed after ten attempts, and is replayed under the same id', async () => {
    const receiver = await aReceiver((response) => response.writeHead(503).end());
    const { name } = await aHook(receiver);
    const { id } = await test(name);
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await tried(name, attempt);
      await comeBack();
    }
    expect(await settled(name)).toMatchObject({ state: 'failed', attempts: 10, problem: 'HTTP 503' });
    receiver.manners = (response) => response.writeHead(200).end();
    expect(await admin.post(`${PROJECT}/deliveries/${id}/replay`)).toMatchObject({ status: 200, body: { state: 'waiting', attempts: 0 } });
    expect(await settled(name)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await receiver.stop();
  });

  it('that is gone is disabled, with what waits for it, until somebody enables it', async () => {
    const receiver = await aReceiver((response) => response.writeHead(410).end());
    const { name } = await aHook(receiver);
    const { id } = await test(name);
    expect(await settled(name)).toMatchObject({ state: 'failed', status: 410 });
    const [channel] = (await admin.get(CHANNELS)).body.items;
    expect(channel).toMatchObject({ enabled: false, disabledReason: 'HTTP 410' });
    expect(await admin.post(`${CHANNELS}/${name}/test`)).toMatchObject({ status: 409, body: { code: 'channel.disabled' } });
    expect((await admin.post(`${PROJECT}/deliveries/${id}/replay`)).status).toBe(409);
    receiver.manners = (response) => response.writeHead(200).end();
    const enabled = await admin.put(`${CHANNELS}/${name}`, { config: { kind: 'webhook', url: receiver.url } });
    expect(enabled.body).toMatchObject({ enabled: true, disabledReason: null });
    await admin.post(`${PROJECT}/deliveries/${id}/replay`);
    expect(await settled(name)).toMatchObject({ state: 'delivered' });
    await receiver.stop();
  });

  it('that somebody disables does not hear later of what waited', async () => {
    const receiver = await aReceiver((response) => void response.writeHead(500).end());
    const { name } = await aHook(receiver);
    await test(name);
    await tried(name, 1);
    const config = { kind: 'webhook', url: receiver.url };
    await admin.put(`${CHANNELS}/${name}`, { config, enabled: false });
    expect(await deliveries(name)).toMatchObject([{ state: 'failed', problem: 'the channel is disabled: by admin' }]);
    await admin.put(`${CHANNELS}/${name}`, { config });
    receiver.manners = (response) => response.writeHead(204).end();
    const fresh = await test(name);
    expect((await heardBy(receiver, 2))[1]?.headers['webhook-id']).toBe(fresh.messageId);
    await receiver.stop();
  });

  it('is signed with both secrets while one takes over from the other', async () => {
    const receiver = await aReceiver();
    const { name, secret } = await aHook(receiver);
    const rotated = (await admin.post(`${CHANNELS}/${name}/rotate`, { grace: '1h' })).body;
    expect(rotated.secrets).toBe(2);
    await test(name);
    const [first] = await heardBy(receiver, 1);
    expect(String(first?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(first && isSigned(first, secret) && isSigned(first, rotated.secret)).toBe(true);
    await server.database.query(
      `update alert_channel set secrets = jsonb_set(secrets, '{1,until}', to_jsonb(now() - interval '1 second'))`,
    );
    await test(name);
    const [, second] = await heardBy(receiver, 2);
    expect(second && isSigned(second, rotated.secret) && !isSigned(second, secret)).toBe(true);
    await receiver.stop();
  });

  it('is not led elsewhere by a redirect, nor confused by garbage', async () => {
    const elsewhere = await aReceiver();
    const redirecting = await aReceiver((response) => response.writeHead(307, { location: elsewhere.url }).end());
    const garbage = createTcp((socket) => socket.on('error', () => undefined).end('\u0000\uffff SSH-2.0 who knows\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(garbage, 'listening');
    const [led, confused] = [await aHook(redirecting), await aHook({ url: `http://127.0.0.1:${(garbage.address() as AddressInfo).port}` })];
    await Promise.all([test(led.name), test(confused.name)]);
    expect(await tried(led.name, 1)).toMatchObject({ state: 'waiting', status: 307, problem: 'HTTP 307' });
    expect(await tried(confused.name, 1)).toMatchObject({ state: 'waiting', status: null, problem: expect.stringMatching(/Parse Error/) });
    expect(elsewhere.heard).toEqual([]);
    garbage.close();
    await Promise.all([elsewhere.stop(), redirecting.stop()]);
  });

  it('that hangs holds up no other', async () => {
    const hanging = await aReceiver(() => undefined);
    const names = await Promise.all([1, 2, 3].map(async () => (await aHook(hanging)).name));
    const receiver = await aReceiver();
    const { name } = await aHook(receiver);
    for (const slow of names) await test(slow);
    await heardBy(hanging, 3);
    await test(name);
    expect(await settled(name)).toMatchObject({ state: 'delivered' });
    expect((await deliveries(names[0] ?? ''))[0]).toMatchObject({ state: 'waiting', attempts: 1, problem: null });
    await hanging.stop();
    await receiver.stop();
  });

  it('for which messages pile up by ten thousands holds up no other', async () => {
    const receiver = await aReceiver();
    const [full, { name }] = [await aHook(receiver), await aHook(receiver)];
    await server.database.query(
      `insert into alert_delivery (project_id, channel_id, message_id, "group", message, next_at, created_at)
       select project_id, id, 'pile-' || i, 'pile', '{}', now() + case when i = 1 then interval '1 hour' else interval '0' end, now()
       from alert_channel, generate_series(1, 20000) as i where name = $1`,
      [full.name],
    );
    await server.database.query('analyze alert_delivery');
    await test(name);
    expect(await settled(name)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(receiver.heard).toHaveLength(1);
    await receiver.stop();
  });

  it('gets the messages of one flag in order, also when the first one fails', async () => {
    const receiver = await aReceiver((response, _, index) => void response.writeHead(index === 0 ? 500 : 204).end());
    const { name } = await aHook(receiver);
    const first = await test(name);
    await tried(name, 1);
    const second = await test(name);
    const heard = await heardBy(receiver, 3);
    expect(heard.map(({ headers }) => headers['webhook-id'])).toEqual([first.messageId, first.messageId, second.messageId]);
    await receiver.stop();
  });
});

describe('given a server that sends to the public internet only', () => {
  let guarded: TestServer;

  beforeAll(async () => {
    guarded = await aServer({ settings: { allowInternalWebhooks: false } });
  });

  afterAll(() => guarded.stop());

  it.each(['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '0x7f000001'])('%s is never connected to', async (host) => {
    const receiver = await aReceiver();
    const own = api(guarded);
    const url = `http://${host}:${new URL(receiver.url).port}/`;
    const { name } = (await own.post(CHANNELS, { name: `inside-${++number}`, config: { kind: 'webhook', url } })).body;
    await own.post(`${CHANNELS}/${name}/test`);
    const [delivery] = await until(
      async () => (await own.get(`${PROJECT}/deliveries?channel=${name}`)).body.items,
      ([newest]) => newest.problem !== null,
      10_000,
    );
    expect(delivery.problem).toMatch(/is an internal address; BALLAST_ALLOW_INTERNAL_WEBHOOKS would allow it/);
    expect(receiver.heard).toEqual([]);
    await receiver.stop();
  });
});

describe('other channels', () => {
  it('Slack hears a text in which nothing means anything to Slack', async () => {
    const slack = await aReceiver((response) => response.writeHead(200).end('ok'));
    const { name } = await aChannel({ kind: 'slack', url: `${slack.url}/services/T0/B0/secret` });
    await test(name);
    const [{ path, json } = { path: '', json: null }] = await heardBy(slack, 1);
    expect(path).toBe('/services/T0/B0/secret');
    expect(json.text).toMatch(/^This is a test of default\/test: nothing is wrong\n/);
    const [view] = (await admin.get(CHANNELS)).body.items;
    expect(view.target).toBe(slack.url);
    expect(await settled(name)).toMatchObject({ state: 'delivered' });
    await slack.stop();
  });

  it('PagerDuty gets an event of its second version', async () => {
    const pagerDuty = await aReceiver((response) => response.writeHead(202).end('{"status":"success"}'));
    const routingKey = 'R'.repeat(32);
    const { name } = await aChannel({ kind: 'pagerduty', routingKey, url: `${pagerDuty.url}/` });
    await test(name);
    const [{ path, json } = { path: '', json: null }] = await heardBy(pagerDuty, 1);
    expect(path).toBe('/v2/enqueue');
    expect(json).toMatchObject({
      routing_key: routingKey,
      event_action: 'trigger',
      client: 'Ballast',
      payload: { source: 'default/test', severity: 'info', summary: 'This is a test of default/test: nothing is wrong' },
    });
    await pagerDuty.stop();
  });

  it('a service that says the message is wrong is not asked again', async () => {
    const pagerDuty = await aReceiver((response) => response.writeHead(400).end('invalid event'));
    const { name } = await aChannel({ kind: 'pagerduty', routingKey: 'R'.repeat(32), url: pagerDuty.url });
    await test(name);
    expect(await settled(name)).toMatchObject({ state: 'failed', attempts: 1, problem: 'HTTP 400: invalid event' });
    await pagerDuty.stop();
  });

  it('that tells a secret back does not make it known', async () => {
    const receiver = await aReceiver(
      (response, heard) => void response.writeHead(400).end(`no ${heard.path} ${heard.json.routing_key ?? ''}`),
    );
    const slack = await aChannel({ kind: 'slack', url: `${receiver.url}/services/T1/B2/hush-hush-hush` });
    const pagerduty = await aChannel({ kind: 'pagerduty', routingKey: 'a1'.repeat(16), url: receiver.url });
    for (const { name } of [slack, pagerduty]) await test(name);
    expect((await settled(slack.name)).problem).toBe('HTTP 400: no …');
    expect((await settled(pagerduty.name)).problem).toBe('HTTP 400: no /v2/enqueue …');
    await receiver.stop();
  });

  it('one that is throttled says when to come back', async () => {
    const slack = await aReceiver((response) => response.writeHead(429, { 'retry-after': '1800' }).end());
    const { name } = await aChannel({ kind: 'slack', url: slack.url });
    await test(name);
    const { nextAt } = await tried(name, 1);
    expect(Date.parse(nextAt) - Date.now()).toBeGreaterThan(1_700_000);
    await slack.stop();
  });

  it('e-mail reaches everybody, also when the mail server wants to be asked twice', async () => {
    refusals = 1;
    const { name } = await aChannel({ kind: 'email', to: ['anna@shop.example', 'oncall@shop.example'] });
    const { messageId } = await test(name);
    expect(await tried(name, 1)).toMatchObject({ state: 'waiting', problem: expect.stringMatching(/greylisted/) });
    await comeBack();
    expect(await settled(name)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(mails).toHaveLength(1);
    const [{ from, to, text } = { from: '', to: [], text: '' }] = mails;
    expect({ from, to }).toEqual({ from: 'ballast@shop.example', to: ['anna@shop.example', 'oncall@shop.example'] });
    expect(text).toMatch(/^Subject: This is a test of default\/test: nothing is wrong\r$/m);
    expect(text).toContain(`Message-ID: <${messageId}@ballast>`);
  });

  it('a mail server that says a little all the time is given up, and holds up no server that stops', async () => {
    const connections: Socket[] = [];
    const dripping = createTcp((socket) => {
      connections.push(socket.on('error', () => undefined));
      socket.write('220 here\r\n');
      const drip = setInterval(() => socket.write('250-soon\r\n'), 200);
      socket.on('close', () => clearInterval(drip));
    });
    await once(dripping.listen(0, '127.0.0.1'), 'listening');
    const { port } = dripping.address() as AddressInfo;
    const plain = await aServer({ settings: { smtpUrl: `smtp://127.0.0.1:${port}` } });
    const own = api(plain);
    await own.post(CHANNELS, { name: 'mail', config: { kind: 'email', to: ['anna@shop.example'] } });
    await own.post(`${CHANNELS}/mail/test`);
    const [delivery] = await until(
      async () => (await own.get(`${PROJECT}/deliveries`)).body.items,
      ([newest]) => newest.problem !== null,
      25_000,
    );
    expect(delivery).toMatchObject({ state: 'waiting', attempts: 1, problem: 'no answer within 15 s' });
    await plain.database.query('update alert_delivery set next_at = now()');
    await until(
      () => connections,
      ({ length }) => length === 2,
      10_000,
    );
    await plain.stop();
    await until(
      () => connections,
      (all) => all.every(({ destroyed }) => destroyed),
      10_000,
    );
    dripping.close();
  });

  it('without a mail server say so', async () => {
    const plain = await aServer();
    const own = api(plain);
    await own.post(CHANNELS, { name: 'mail', config: { kind: 'email', to: ['anna@shop.example'] } });
    await own.post(`${CHANNELS}/mail/test`);
    const [delivery] = await until(
      async () => (await own.get(`${PROJECT}/deliveries`)).body.items,
      ([newest]) => newest.problem !== null,
      10_000,
    );
    expect(delivery.problem).toBe('there is no mail server: SMTP_URL is not set');
    await plain.stop();
  });
});

describe('channels', () => {
  it('never show their secrets again, not even in the audit', async () => {
    const receiver = await aReceiver();
    const { name, secret } = await aHook(receiver);
    await aChannel({ kind: 'pagerduty', routingKey: 'K'.repeat(32) });
    await aChannel({ kind: 'alertmanager', url: 'http://alertmanager:9093', token: 'token-of-alertmanager' });
    const rotated = (await admin.post(`${CHANNELS}/${name}/rotate`)).body.secret;
    const shown = JSON.stringify([(await admin.get(CHANNELS)).body, (await admin.get(`${PROJECT}/changes?kind=channel&limit=200`)).body]);
    for (const hidden of [secret, rotated, 'K'.repeat(32), 'token-of-alertmanager']) expect(shown).not.toContain(hidden);
    const [line] = (await admin.get(`${PROJECT}/changes?action=channel.rotate&limit=1`)).body.items;
    expect(line).toMatchObject({ actor: 'admin', resource: { kind: 'channel', key: name } });
    await receiver.stop();
  });

  it('are refused with every reason', async () => {
    const refused = async (body: object) =>
      (await admin.post(CHANNELS, { name: 'x', ...body })).body.problems?.map(({ path }: { path: string }) => path);
    expect(await refused({ config: { kind: 'webhook', url: 'ftp://x.example' } })).toEqual(['/config/url']);
    expect(await refused({ config: { kind: 'webhook', url: 'https://user:secret@x.example' } })).toEqual(['/config/url']);
    expect(await refused({ config: { kind: 'pagerduty', routingKey: 'short' } })).toEqual(['/config/routingKey']);
    expect(await refused({ config: { kind: 'email', to: ['nobody'] } })).toEqual(['/config/to/0']);
    expect(await refused({ config: { kind: 'webhook', url: 'https://x.example' }, secret: 'whsec_c2hvcnQ=' })).toEqual(['/secret']);
    const { name } = await aChannel({ kind: 'webhook', url: 'https://x.example' });
    expect((await admin.post(CHANNELS, { name, config: { kind: 'webhook', url: 'https://x.example' } })).body.code).toBe(
      'channel.name_taken',
    );
    expect((await admin.put(`${CHANNELS}/${name}`, { config: { kind: 'slack', url: 'https://x.example' } })).body.code).toBe(
      'channel.kind_fixed',
    );
    expect((await admin.delete(`${CHANNELS}/nobody`)).body.code).toBe('channel.not_found');
    expect((await admin.post(`${PROJECT}/deliveries/999999/replay`)).body.code).toBe('delivery.not_found');
  });
});
