import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const PROJECT = '/api/v1/projects/default';
const FLAGS = `${PROJECT}/flags`;

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

function aFlag(key: string, change: object = {}) {
  return { key, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team', ...change };
}

function configOf(flag: string, environment = 'development') {
  return `${FLAGS}/${flag}/environments/${environment}`;
}

const needs = (flag: string) => ({ on: true, prerequisites: [{ flag, variants: ['on'] }], default: { variant: 'on' } });

it('lets one of many creators have a key', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => admin.post(FLAGS, aFlag('wanted'))));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
});

it('lets one of many writers who saw the same version win', async () => {
  await admin.post(FLAGS, aFlag('raced'));
  const headers = { 'if-match': '"0"' };
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => admin.put(configOf('raced'), { on: i % 2 === 0 }, { headers })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 412 && body.current.version === 1)).toHaveLength(7);
});

it('cannot close a circle of prerequisites from two sides', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [a, b] = [`left-${round}`, `right-${round}`];
    await admin.post(FLAGS, aFlag(a));
    await admin.post(FLAGS, aFlag(b));
    const answers = await Promise.all([admin.put(configOf(a), needs(b)), admin.put(configOf(b), needs(a))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  }
});

it('cannot use a segment that is being deleted', async () => {
  for (let round = 0; round < 5; round += 1) {
    const key = `fleeting-${round}`;
    await admin.post(`${PROJECT}/segments`, { key });
    await admin.post(FLAGS, aFlag(`user-${round}`));
    const config = { on: true, rules: [{ when: { segment: key }, serve: { variant: 'on' } }] };
    const [put, removed] = await Promise.all([admin.put(configOf(`user-${round}`), config), admin.delete(`${PROJECT}/segments/${key}`)]);
    expect([put.status, removed.status]).toEqual(put.status === 200 ? [200, 409] : [400, 200]);
  }
});

it('cannot archive a flag that is becoming a prerequisite', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [base, above] = [`base-${round}`, `above-${round}`];
    await admin.post(FLAGS, aFlag(base));
    await admin.post(FLAGS, aFlag(above));
    const [put, archived] = await Promise.all([admin.put(configOf(above), needs(base)), admin.delete(`${FLAGS}/${base}`)]);
    expect([put.status, archived.status]).toEqual(put.status === 200 ? [200, 409] : [400, 200]);
  }
});

it('leaves no flag out of an environment that is created meanwhile', async () => {
  const flags = Array.from({ length: 12 }, (_, i) => `meanwhile-${i}`);
  const writes = flags.map((key) => admin.post(FLAGS, aFlag(key)));
  const environments = ['one', 'two', 'three'].map((key) => admin.post(`${PROJECT}/environments`, { key }));
  for (const { status } of await Promise.all([...writes, ...environments])) expect(status).toBe(201);
  const rows = await server.database.query<{ key: string; n: string }>(
    `SELECT e.key, count(*) AS n FROM snapshot_entry s JOIN environment e ON e.id = s.environment_id WHERE s.key LIKE 'meanwhile-%' GROUP BY e.key`,
  );
  expect(rows.map(({ n }) => Number(n))).toEqual([12, 12, 12, 12, 12]);
});

it('never loses a write: kills, saves and patches at once end in a state that all of them led to', async () => {
  await admin.post(FLAGS, aFlag('busy'));
  const work = Array.from({ length: 10 }, (_, i) => [
    admin.put(configOf('busy'), { on: true, default: { variant: 'on' }, rules: [] }),
    admin.patch(`${FLAGS}/busy`, { metadata: { [`k${i}`]: i } }),
    admin.post(`${configOf('busy')}/kill`, {}),
  ]);
  for (const { status } of await Promise.all(work.flat())) expect(status).toBe(200);
  const rows = await server.database.query<{ server: string }>(
    `SELECT s.server FROM snapshot_entry s JOIN environment e ON e.id = s.environment_id WHERE e.key = 'development' AND s.key = 'busy'`,
  );
  const flag = JSON.parse(rows[0]?.server ?? '{}');
  expect(Object.keys(flag.metadata)).toHaveLength(10);
  expect(flag).toMatchObject({ state: 'killed', offVariant: 'off' });
  expect((await admin.get(configOf('busy'))).body).toMatchObject({ version: 10, on: true });
  expect((await admin.get(`${FLAGS}/busy`)).body.version).toBe(11);
});
