import { afterAll, beforeAll, expect, it } from 'vitest';
import { aServerProcess, type ServerProcess } from '../harness/a-server-process.js';
import { aDatabase, api, SECRETS, type TestDatabase } from '../harness/index.js';
import { until } from '../harness/until.js';

/** What the leader knows of everything: two servers that show it would be two truths, or a sum that is twice too large. */
const LEADERS = [
  'ballast_alerts',
  'ballast_alert_messages_waiting',
  'ballast_incidents_open',
  'ballast_killed_flags',
  'ballast_objectives',
  'ballast_objective_target_ratio',
  'ballast_objective_info',
  'ballast_telemetry_bytes',
];

let database: TestDatabase;
let servers: readonly ServerProcess[];

beforeAll(async () => {
  database = await aDatabase();
  const settings = { databaseUrl: database.url };
  servers = [await aServerProcess(settings), await aServerProcess(settings)];
  const [first] = servers;
  const admin = api({ url: first?.url ?? '', adminToken: SECRETS.adminToken });
  const flag = { key: 'any', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  expect((await admin.post('/api/v1/projects/default/flags', flag)).status).toBe(201);
  const objective = { name: 'works', environment: 'development', owner: 'team', indicator: { kind: 'success' }, target: 0.9 };
  const rest = { scope: { kind: 'flag', flag: 'any' }, runbook: 'https://runbooks.example/works' };
  expect((await admin.post('/api/v1/projects/default/objectives', { ...objective, ...rest })).status).toBe(201);
}, 120_000);

afterAll(async () => {
  for (const server of servers) await server.remove();
  await database.drop();
});

/** Which of the leader's metrics each server shows. */
const shown = () =>
  Promise.all(
    servers.map(async (server) => {
      const names = new Set((await server.metrics()).split('\n').map((line) => line.split(/[{ ]/)[0]));
      return LEADERS.filter((name) => names.has(name));
    }),
  );
const leader = async () => (await Promise.all(servers.map((server) => server.isLeader()))).indexOf(true);

it('the server that leads shows how everything stands, and no other, also after the lead went to another', async () => {
  const before = await until(leader, (index) => index !== -1, 30_000);
  const expected = (index: number) => servers.map((_, each) => (each === index ? LEADERS : []));
  const look = async (index: number) => {
    const found = await until(shown, (each) => each[index]?.length === LEADERS.length, 90_000);
    expect(found).toEqual(expected(index));
  };
  await look(before);
  const after = await until(
    async () => {
      await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'ballast-leader' AND datname = current_database()
          AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`);
      return until(leader, (index) => index !== -1, 30_000);
    },
    (index) => index !== before,
    120_000,
  );
  await look(after);
}, 240_000);

it('what both counted adds up to what was counted, however often and to whom it was sent', async () => {
  const t0 = Date.now() - (Date.now() % 10_000);
  const row = { flag: 'any', version: 1, variant: 'on', reason: 'STATIC', t0, ok: 0, err: 0 };
  const send = (server: ServerProcess, seq: number, exposures: number) =>
    api({ url: server.url, adminToken: SECRETS.serverKey }).post('/sdk/v1/telemetry', {
      v: 1,
      instance: 'two',
      seq,
      sentAt: Date.now(),
      rows: [{ ...row, exposures }],
      unknown: {},
      dropped: 0,
    });
  let seq = 0;
  for (const server of servers)
    await until(
      () => send(server, seq++, 0),
      ({ body }) => body.rejectedRows === 0,
    );
  for (const [index, server] of servers.entries()) expect((await send(server, 1_000 + index, 3 + index)).status).toBe(200);
  for (const server of servers) expect((await send(server, 1_000, 3)).body).toMatchObject({ duplicate: true });
  const texts = await Promise.all(servers.map((server) => server.metrics()));
  const counts = texts.map((text) => Number(/^ballast_flag_exposures_total\{.*flag="any".*\} (\d+)$/m.exec(text)?.[1] ?? 0));
  expect(counts).toEqual([3, 4]);
});
