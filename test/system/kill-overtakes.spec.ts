import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDatabase, api, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const WRITES = 150;

let database: TestDatabase;
let servers: TestServer[];

beforeAll(async () => {
  database = await aDatabase();
  servers = [await aServer({ database }), await aServer({ database })];
});

afterAll(async () => {
  for (const { stop } of servers) await stop();
  await database.drop();
});

it('gives a kill its revision before nearly all writes that were there first, on two servers, and leaves no gap', async () => {
  const [first, second] = servers.map((server) => api(server));
  if (first === undefined || second === undefined) throw new Error('there are two servers');
  const flag = (key: string) => ({
    ...{ key, kind: 'operational', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 7 },
  });
  const path = `${FLAGS}/urgent/environments/development`;
  await first.post(FLAGS, flag('urgent'));
  await first.put(path, { on: true, default: { variant: 'on' } });
  await first.post(FLAGS, flag('busy'));
  const busy = `${FLAGS}/busy/environments/development`;
  const burst = [first, second].flatMap((admin, side) =>
    Array.from({ length: WRITES }, (_, i) => admin.put(busy, { on: i % 2 === side, default: { variant: i % 3 === 0 ? 'on' : 'off' } })),
  );
  const early = await Promise.race(burst);
  const killed = await first.post(`${path}/kill`, {});
  const answers = await Promise.all(burst);
  expect([early, killed, ...answers].filter(({ status }) => status !== 200)).toEqual([]);

  const sql = `select revision::int, server like '%urgent%' as is_kill from change join environment e on e.id = environment_id
    where e.key = 'development' order by revision`;
  const log = await database.query<{ revision: number; is_kill: boolean }>(sql);
  expect(log.map(({ revision }) => revision)).toEqual(log.map((_, i) => i + 1));
  const kill = log.findIndex(({ revision }) => revision === killed.body.revision);
  expect(log[kill]?.is_kill).toBe(true);
  expect(log.length - kill).toBeGreaterThan(WRITES);
});
