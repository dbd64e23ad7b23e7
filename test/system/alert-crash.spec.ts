import { afterAll, beforeAll, expect, it } from 'vitest';
import { aReceiver, type Receiver } from '../harness/a-receiver.js';
import { aServerProcess, type ServerProcess } from '../harness/a-server-process.js';
import { aDatabase, api, SECRETS, type TestDatabase } from '../harness/index.js';
import { until } from '../harness/until.js';

const PROJECT = '/api/v1/projects/default';
const MESSAGES = 5;

let database: TestDatabase;
let server: ServerProcess;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  database = await aDatabase();
  server = await aServerProcess({ databaseUrl: database.url, env: { BALLAST_ALLOW_INTERNAL_WEBHOOKS: 'true' } });
  admin = api({ url: server.url, adminToken: SECRETS.adminToken });
});

afterAll(async () => {
  await server.remove();
  await database.drop();
});

async function tellFiveTimes(name: string, { url }: Receiver): Promise<string[]> {
  await admin.post(`${PROJECT}/channels`, { name, config: { kind: 'webhook', url } });
  const ids: string[] = [];
  for (let turn = 0; turn < MESSAGES; turn += 1) ids.push((await admin.post(`${PROJECT}/channels/${name}/test`)).body.messageId);
  return ids;
}

const states = async (name: string): Promise<string[]> =>
  (await admin.get(`${PROJECT}/deliveries?channel=${name}`)).body.items.map(({ state }: { state: string }) => state);
const allDelivered = (name: string) =>
  until(
    () => states(name),
    (all) => all.length === MESSAGES && all.every((state) => state === 'delivered'),
    20_000,
  );
const idsOf = ({ heard }: Receiver) => heard.map(({ headers }) => headers['webhook-id']);

it('loses no message when the server is killed while it sends, and sends none again that was taken', async () => {
  const quick = await aReceiver();
  const hanging = await aReceiver(() => undefined);
  const taken = await tellFiveTimes('quick', quick);
  const waiting = await tellFiveTimes('hanging', hanging);
  await allDelivered('quick');
  await until(
    () => hanging.heard,
    ({ length }) => length === 1,
    20_000,
  );
  await server.kill();
  hanging.manners = (response) => response.writeHead(204).end();
  // A minute goes by: whoever was sending has not been heard of.
  await database.query('update alert_channel set busy_until = now() where busy_until is not null');
  await server.start();
  await allDelivered('hanging');
  expect(idsOf(quick)).toEqual(taken);
  expect(idsOf(hanging)).toEqual([waiting[0], ...waiting]);
  await Promise.all([quick.stop(), hanging.stop()]);
});

it('lets two servers share the work and sends everything once', async () => {
  const other = await aServerProcess({ databaseUrl: database.url, env: { BALLAST_ALLOW_INTERNAL_WEBHOOKS: 'true' } });
  const receivers = await Promise.all(Array.from({ length: 4 }, () => aReceiver()));
  const sent = await Promise.all(receivers.map((receiver, index) => tellFiveTimes(`shared-${index}`, receiver)));
  for (const index of receivers.keys()) await allDelivered(`shared-${index}`);
  expect(receivers.map(idsOf)).toEqual(sent);
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  await other.remove();
});
