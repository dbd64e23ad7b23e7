import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BurnTicker } from '../../apps/server/src/slo/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { currentTerm } from './slo-ground.js';

const OBJECTIVES = '/api/v1/projects/default/objectives';
const MINUTE = 60_000;

interface Asked {
  readonly query: string;
  readonly time: number;
  readonly authorization: string | undefined;
}

let prometheus: Server;
let server: TestServer;
let admin: ReturnType<typeof api>;
let asked: Asked[] = [];
let answer: (query: string, response: ServerResponse) => void;

async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const query = form.get('query') ?? '';
  asked.push({ query, time: Number(form.get('time')), authorization: request.headers.authorization });
  answer(query, response);
}

const number = (value: string) =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] } });
const nothing = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });

beforeAll(async () => {
  prometheus = createServer((request, response) => void hear(request, response));
  prometheus.listen(0, '127.0.0.1');
  await once(prometheus, 'listening');
  const { port } = prometheus.address() as AddressInfo;
  server = await aServer({ settings: { prometheusUrl: `http://reader:s%20cret@127.0.0.1:${port}/prom` } });
  admin = api(server);
  const objective = {
    environment: 'development',
    owner: 'shop',
    indicator: { kind: 'promql', counts: 'bad', query: 'sum(increase(errors[$window]))', total: 'sum(increase(requests[$window]))' },
    scope: { kind: 'service', service: 'shop' },
    target: 0.99,
    runbook: 'https://runbooks.example',
  };
  expect((await admin.post(OBJECTIVES, { ...objective, name: 'queried' })).status).toBe(201);
  expect((await admin.post(OBJECTIVES, { ...objective, name: 'counted', indicator: { kind: 'success' } })).status).toBe(201);
});

afterAll(async () => {
  await server.stop();
  prometheus.closeAllConnections();
  prometheus.close();
});

beforeEach(() => {
  asked = [];
});

async function aRound() {
  await server.app.get(BurnTicker).round(await currentTerm(server), 'queried');
  return (await admin.get(`${OBJECTIVES}/queried`)).body.status;
}

/** A minute is counted once: what alerts know of the last one is put a minute back. */
async function aMinuteLater() {
  await server.database.query("update alert set evaluated_at = evaluated_at - interval '1 minute'");
  return aRound();
}

it('asks for each window at the last closed minute, and evaluates as if the numbers were its own', async () => {
  answer = (query, response) => response.end(number(query.includes('errors') ? (query.includes('[30d]') ? '8' : '5') : '1000'));
  const status = await aRound();
  expect(status).toMatchObject({ state: 'ok', sli: 0.992, burn: 0.5, problem: null });
  const ranges = asked.filter(({ query }) => query.includes('errors')).map(({ query }) => /\[(.*)\]/.exec(query)?.[1]);
  expect(ranges.sort()).toEqual(['1h', '30d', '30m', '5m', '6h']);
  for (const { time } of asked) expect((time * 1_000) % MINUTE).toBe(0);
  const [{ authorization } = { authorization: '' }] = asked;
  expect(authorization).toBe(`Basic ${Buffer.from('reader:s cret').toString('base64')}`);
});

it('a query that finds no errors finds none, one that finds no requests finds no data', async () => {
  answer = (query, response) => response.end(query.includes('errors') ? nothing : number('1000'));
  expect(await aRound()).toMatchObject({ state: 'ok', sli: 1 });
  answer = (_, response) => response.end(nothing);
  expect(await aRound()).toMatchObject({ state: 'no_data', sli: null, problem: null });
});

it('asks about declared maintenance apart', async () => {
  answer = (query, response) => response.end(number(query.includes('errors') ? '50' : '100'));
  const to = new Date(Date.now() + MINUTE).toISOString();
  const from = new Date(Date.now() - 10 * MINUTE).toISOString();
  const declared = await admin.post('/api/v1/projects/default/maintenance', { from, to, reason: 'moving' });
  expect(declared.status).toBe(201);
  const status = await aRound();
  expect(status).toMatchObject({ budget: { remaining: -49 }, budgetWithoutExcluded: { remaining: null } });
  await admin.delete(`/api/v1/projects/default/maintenance/${declared.body.id}`);
});

describe('a Prometheus that is in trouble', () => {
  it.each([
    [
      'refuses the query',
      (response: ServerResponse) => response.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse error"}'),
      /parse error/,
    ],
    [
      'answers several series',
      (response: ServerResponse) =>
        response.end(
          JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ value: [1, '1'] }, { value: [1, '2'] }] } }),
        ),
      /2 series/,
    ],
    ['answers no number', (response: ServerResponse) => response.end(number('NaN')), /NaN/],
    [
      'answers a matrix',
      (response: ServerResponse) => response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      /vector or a scalar/,
    ],
    ['answers a page', (response: ServerResponse) => response.end('<html>'), /JSON/],
    ['answers too much', (response: ServerResponse) => response.end('x'.repeat(1_100_000)), /megabyte/],
    [
      'sends elsewhere',
      (response: ServerResponse) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /cannot be reached/,
    ],
    ['hangs up', (response: ServerResponse) => response.destroy(), /cannot be reached/],
    ['is silent', () => undefined, /in time/],
  ] as const)('that %s leaves no data and says why', async (_, respond, problem) => {
    answer = (_query, response) => void respond(response);
    expect(await aRound()).toMatchObject({ state: 'no_data', sli: null, firing: [], problem: expect.stringMatching(problem) });
  });

  it('holds up no objective whose numbers are elsewhere', async () => {
    answer = () => undefined;
    const queried = aRound();
    await server.app.get(BurnTicker).round(await currentTerm(server));
    expect((await admin.get(`${OBJECTIVES}/counted`)).body.status).toMatchObject({ state: 'no_data', problem: null });
    expect((await queried).problem).toMatch(/in time/);
  });
});

it('an alert that fires goes on firing while Prometheus is in trouble, and ends when it says so', async () => {
  const firing = async () => (await admin.get('/api/v1/projects/default/alerts?phase=firing')).body.items.length;
  // Of the stories before, neither their maintenance nor their minutes are part of this one.
  await server.database.query('delete from maintenance');
  await server.database.query('delete from alert');
  answer = (query, response) => response.end(number(query.includes('errors') ? '500' : '1000'));
  await aRound();
  // A page, a ticket, and the three steps of the policy.
  expect(await firing()).toBe(5);
  answer = (_, response) => response.writeHead(503).end();
  for (let round = 0; round < 3; round += 1) expect(await aMinuteLater()).toMatchObject({ state: 'no_data' });
  expect(await firing()).toBe(5);
  answer = (query, response) => response.end(number(query.includes('errors') ? '0' : '1000'));
  for (let round = 0; round < 2; round += 1) await aMinuteLater();
  expect(await firing()).toBe(0);
});

it('without a Prometheus such an objective has no data, and says what is missing', async () => {
  const alone = await aServer({ database: server.database });
  try {
    await alone.app.get(BurnTicker).round(await currentTerm(server));
    expect((await admin.get(`${OBJECTIVES}/queried`)).body.status).toMatchObject({
      state: 'no_data',
      problem: 'PROMETHEUS_URL is not set',
    });
  } finally {
    await alone.stop();
  }
});
