import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const OBJECTIVES = '/api/v1/projects/default/objectives';
const YAML = { headers: { 'content-type': 'application/yaml' } };

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
});

afterAll(() => server.stop());

const anObjective = (name: string, different: object = {}) => ({
  name,
  environment: 'development',
  owner: 'checkout',
  indicator: { kind: 'success' },
  scope: { kind: 'tag', tag: 'checkout' },
  target: 0.99,
  runbook: 'https://runbooks.example/checkout',
  ...different,
});
const importing = (text: string, query = '') => admin.post(`${OBJECTIVES}/openslo?environment=development${query}`, text, YAML);

it('what is exported as OpenSLO and imported again is the same', async () => {
  const latency = anObjective('latency', { indicator: { kind: 'latency', thresholdMs: 500 }, target: 0.95, alerting: { preset: 'pyrra' } });
  const calendar = anObjective('calendar', { period: { kind: 'calendar', unit: 'month', zone: 'Europe/Berlin' } });
  for (const each of [latency, calendar]) expect((await admin.post(OBJECTIVES, each)).status).toBe(201);
  const exported = await admin.get(`${OBJECTIVES}/openslo`);
  expect(exported.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
  const text = exported.body;
  expect(text.match(/^kind: SLO$/gm)).toHaveLength(2);
  expect((await importing(text)).body.objectives).toEqual([
    { name: 'calendar', outcome: 'unchanged' },
    { name: 'latency', outcome: 'unchanged' },
  ]);

  const before = (await admin.get(`${OBJECTIVES}/latency`)).body;
  await admin.delete(`${OBJECTIVES}/latency`);
  await admin.patch(`${OBJECTIVES}/calendar`, { target: 0.9 });
  const rehearsed = await importing(text, '&dryRun=true');
  expect(rehearsed.body).toMatchObject({ dryRun: true, result: { objectives: [{ outcome: 'changed' }, { outcome: 'created' }] } });
  expect((await importing(text)).body.objectives).toEqual([
    { name: 'calendar', outcome: 'changed' },
    { name: 'latency', outcome: 'created' },
  ]);
  const { createdAt: _, updatedAt: __, ...after } = (await admin.get(`${OBJECTIVES}/latency`)).body;
  expect(before).toMatchObject(after);
});

it('what OpenSLO says and Ballast cannot do is named, and the rest is taken', async () => {
  const slices = (name: string, method: string) => `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}, annotations: { ballast/runbook: 'https://runbooks.example/shop' } }
spec:
  service: shop
  budgetingMethod: ${method}
  timeWindow: [{ duration: 28d, isRolling: true }]
  objectives: [{ target: 0.99 }]
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: true
        bad: { metricSource: { type: Prometheus, spec: { query: 'sum(increase(errors[$window]))' } } }
        total: { metricSource: { type: Prometheus, spec: { query: 'sum(increase(requests[$window]))' } } }
  alertPolicies: []
`;
  const text = slices('fine', 'Occurrences') + slices('sliced', 'Timeslices') + slices('openslo', 'Occurrences');
  const { body } = await importing(text, '&owner=shop');
  expect(body.objectives).toEqual([{ name: 'fine', outcome: 'created' }]);
  const refused = body.findings.filter(({ level }: { level: string }) => level === 'error');
  expect(refused.map(({ message }: { message: string }) => message)).toEqual([
    'must be Occurrences: slices of time are not supported',
    '/name is kept for the API itself',
  ]);
});

it.each([
  ['no YAML', 'kind: [SLO', 'import.unreadable'],
  [
    'a bomb of aliases',
    `a: &a [x]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${Array(10).fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)}]\n`)}`,
    'import.unreadable',
  ],
])('a file that is %s is refused', async (_, text, code) => {
  expect((await importing(text)).body).toMatchObject({ status: 400, code });
});

it('YAML is taken by its own door alone', async () => {
  expect((await admin.post(OBJECTIVES, 'name: x', YAML)).body).toMatchObject({ status: 415, code: 'body.unsupported_type' });
  expect((await admin.post(`${OBJECTIVES}/openslo?environment=development`, { kind: 'SLO' })).body).toMatchObject({ status: 415 });
});

it('objectives become a rule file for Prometheus, in which a tag is its flags', async () => {
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team', tags: ['checkout'] };
  await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'new-cart' });
  const rules = (await admin.get(`${OBJECTIVES}/prometheus-rules?environment=development`)).body;
  expect(rules).toMatch(/^groups:/);
  expect(rules).toContain('BallastErrorBudgetBurn:');
  expect(rules).toContain('new-cart');
  expect((await admin.get(`${OBJECTIVES}/prometheus-rules?form=tests`)).body).toContain('rule_files');
  expect((await admin.get(`${OBJECTIVES}/prometheus-rules?environment=nowhere`)).body).toMatchObject({ status: 404 });
});

it('a file made to be slow is refused at once, and holds up nobody', async () => {
  const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}: v`).join('\n');
  const [{ status, body }, alive] = await Promise.all([importing(keys), fetch(`${server.url}/health/live`)]);
  expect([status, body.code, alive.status]).toEqual([400, 'import.unreadable', 200]);
  expect(body.problem).toContain('document 1 is longer than');
});
