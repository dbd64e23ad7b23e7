import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Term } from '../../apps/server/src/database/term.js';
import { BurnTicker } from '../../apps/server/src/slo/index.js';
import { placeOfTimed, placeOfTimedErrors } from '../../apps/server/src/timed-outcomes.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { addEvents, addOutcomes, currentTerm } from './slo-ground.js';

const OBJECTIVES = '/api/v1/projects/default/objectives';
const MAINTENANCE = '/api/v1/projects/default/maintenance';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let server: TestServer;
let admin: ReturnType<typeof api>;
let term: Term;
let environmentId: string;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  term = await currentTerm(server);
  const [row] = await server.database.query<{ id: string }>("select id from environment where key = 'development'");
  environmentId = row?.id ?? '';
});

afterAll(() => server.stop());

const anObjective = (name: string, different: object = {}) => ({
  name,
  environment: 'development',
  owner: 'checkout',
  indicator: { kind: 'success' },
  scope: { kind: 'flag', flag: name },
  target: 0.99,
  runbook: 'https://runbooks.example/checkout',
  ...different,
});

async function create(name: string, different: object = {}) {
  const created = await admin.post(OBJECTIVES, anObjective(name, different));
  expect(created.body).toMatchObject({ name });
  return created.body;
}

async function aRound() {
  return server.app.get(BurnTicker).round(term);
}

/** The end of the minutes that are closed now, and some way into the past. */
const closed = () => Math.floor((Date.now() - 30_000) / MINUTE) * MINUTE;

async function statusOf(name: string) {
  await aRound();
  return (await admin.get(`${OBJECTIVES}/${name}`)).body.status;
}

const outcomes = (flag: string, from: number, to: number, counts: object) =>
  addOutcomes(server, environmentId, { flag, from, to, ...counts });

describe('an objective', () => {
  it('is created with what was left out, changed under its ETag, listed and deleted', async () => {
    const created = await admin.post(OBJECTIVES, anObjective('life'), { headers: { 'idempotency-key': 'life-1' } });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${OBJECTIVES}/life`);
    expect(created.body).toMatchObject({
      ...anObjective('life'),
      period: { kind: 'rolling', days: 30 },
      alerting: { preset: 'default' },
      policy: [{ action: 'notify' }, { action: 'require_approval_for_ramp' }, { action: 'freeze_rollouts' }],
      version: 1,
      warnings: [],
      status: null,
    });
    const again = await admin.post(OBJECTIVES, anObjective('life'), { headers: { 'idempotency-key': 'life-1' } });
    expect(again.body).toEqual(created.body);
    expect((await admin.post(OBJECTIVES, anObjective('life'))).body).toMatchObject({ status: 409, code: 'objective.name_taken' });

    const patched = await admin.patch(`${OBJECTIVES}/life`, { target: 0.95, reason: 'too strict' }, { headers: { 'if-match': '"1"' } });
    expect(patched.body).toMatchObject({ target: 0.95, owner: 'checkout', version: 2 });
    expect(patched.headers.get('etag')).toBe('"2"');
    const stale = await admin.patch(`${OBJECTIVES}/life`, { target: 0.9 }, { headers: { 'if-match': '"1"' } });
    expect(stale.body).toMatchObject({ status: 412, code: 'config.stale', current: { version: 2 } });
    const { name: _, environment: __, ...document } = anObjective('life', { owner: 'payments' });
    expect((await admin.put(`${OBJECTIVES}/life`, document)).body).toMatchObject({ owner: 'payments', target: 0.99, version: 3 });

    await create('life-too', { scope: { kind: 'variant', flag: 'life', variant: 'on' } });
    const names = async (query: string) =>
      (await admin.get(`${OBJECTIVES}?${query}`)).body.items.map((item: { name: string }) => item.name);
    expect(await names('flag=life')).toEqual(['life', 'life-too']);
    expect(await names('environment=production')).toEqual([]);
    const page = (await admin.get(`${OBJECTIVES}?limit=1&flag=life`)).body;
    expect(await names(`flag=life&cursor=${page.nextCursor}`)).toEqual(['life-too']);

    const { items } = (await admin.get('/api/v1/projects/default/changes?limit=5')).body;
    expect(items.map((change: { action: string }) => change.action)).toContain('objective.update');
    expect((await admin.delete(`${OBJECTIVES}/life`, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await admin.delete(`${OBJECTIVES}/life`)).status).toBe(200);
    expect((await admin.get(`${OBJECTIVES}/life`)).body).toMatchObject({ status: 404, code: 'objective.not_found' });
    await admin.delete(`${OBJECTIVES}/life-too`);
  });

  it.each([
    ['a page without a runbook', { runbook: undefined }, ['/runbook']],
    ['a rule that can never fire', { target: 0.9, alerting: { preset: 'google-30d' } }, ['/rules/0']],
    ['a period that is shorter than a window', { period: { kind: 'rolling', days: 1 }, alerting: { preset: 'google-30d' } }, ['/rules/3']],
    ['an unknown time zone', { period: { kind: 'calendar', unit: 'month', zone: 'Mars/Olympus' } }, ['/period']],
    ['a target of everything', { target: 1 }, ['/target']],
  ])('is refused with %s, and says why', async (_, different, paths) => {
    const { body } = await admin.post(OBJECTIVES, anObjective('wrong', different));
    expect(body).toMatchObject({ status: 400, code: 'objective.invalid' });
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  it('never has the name of a path beside it', async () => {
    expect((await admin.post(OBJECTIVES, anObjective('openslo'))).body).toMatchObject({ status: 400, problems: [{ path: '/name' }] });
  });

  it('warns of rules that see nothing but outages', async () => {
    const { warnings } = await create('coarse', { target: 0.95 });
    expect(warnings).toEqual([{ level: 'warning', path: 'rules[0]', message: expect.stringContaining('20 %') }]);
  });
});

describe('an evaluation', () => {
  it('knows nothing where nothing happened, which is neither good nor bad', async () => {
    await create('silent');
    expect(await statusOf('silent')).toMatchObject({
      state: 'no_data',
      sli: null,
      burn: 0,
      budget: { remaining: null },
      firing: [],
      policy: [],
    });
  });

  it('counts windows and period exactly, over minutes, hours and days', async () => {
    await create('exact');
    const now = closed();
    for (const [from, to, ok, err] of [
      [40 * DAY, 31 * DAY, 0, 1],
      [29 * DAY + 7 * MINUTE, 29 * DAY, 10, 0],
      [9 * DAY + 95 * MINUTE, 9 * DAY - 31 * MINUTE, 10, 1],
      [5 * HOUR, 4 * HOUR, 99, 1],
      [59 * MINUTE, 58 * MINUTE, 97, 3],
      [4 * MINUTE, 0, 100, 0],
    ] as const)
      await outcomes('exact', now - from, now - to, { ok, err });
    await outcomes('exact', now, now + MINUTE, { ok: 0, err: 50 });
    const round = await aRound();
    expect(round.now - now).toBeLessThan(2 * MINUTE);
    const { windows, budget, sli, at } = (await admin.get(`${OBJECTIVES}/exact`)).body.status;
    const open = Date.parse(at) > now ? { good: 0, bad: 50 } : { good: 0, bad: 0 };
    const counts = windows.map(({ counts: { good, bad } }: { counts: { good: number; bad: number } }) => [good, bad - open.bad]);
    expect(counts).toEqual([
      [400, 0],
      [400, 0],
      [497, 3],
      [497 + 5_940, 63],
    ]);
    const good = 70 + 1_260 + 5_940 + 97 + 400;
    const bad = 126 + 60 + 3 + open.bad;
    expect(sli).toBeCloseTo(good / (good + bad), 12);
    expect(budget.consumed).toBeCloseTo(bad / (0.01 * (good + bad)), 9);
  });

  it('burns, and says which severities fire', async () => {
    await create('burning');
    const now = closed();
    await outcomes('burning', now - 2 * DAY, now - 1 * HOUR, { ok: 1_000, err: 1 });
    await outcomes('burning', now - 20 * MINUTE, now + MINUTE, { ok: 50, err: 50 });
    expect(await statusOf('burning')).toMatchObject({ state: 'burning', firing: ['page'], problem: null });
    const exposed = (await admin.get('/metrics')).body;
    expect(exposed).toMatch(/ballast_objective_burn_rate\{project="default",environment="development",objective="burning"\} [\d.]+/);
    expect(exposed).toMatch(/ballast_objective_budget_remaining_ratio\{.*objective="burning"\}/);
    const { items } = (await admin.get(`${OBJECTIVES}/burning/history`)).body;
    expect(items).toEqual([
      { at: expect.any(String), state: 'burning', sli: expect.any(Number), burn: expect.any(Number), remaining: expect.any(Number) },
    ]);
    expect((await admin.get(`${OBJECTIVES}?state=burning`)).body.items).toHaveLength(1);
  });

  it('looks at one variant, at the flags of a tag, and at those of a service', async () => {
    const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
    await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'tagged-a', tags: ['checkout'] });
    await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'tagged-b', tags: ['checkout', 'service:cart'] });
    await create('of-variant', { scope: { kind: 'variant', flag: 'tagged-a', variant: 'off' } });
    await create('of-tag', { scope: { kind: 'tag', tag: 'checkout' } });
    await create('of-service', { scope: { kind: 'service', service: 'cart' } });
    const now = closed();
    const span = [now - 10 * MINUTE, now - 5 * MINUTE] as const;
    await outcomes('tagged-a', ...span, { ok: 10 });
    await outcomes('tagged-a', ...span, { ok: 1, err: 3, variant: 'off' });
    await outcomes('tagged-b', ...span, { ok: 4, err: 1 });
    const ratios = [];
    for (const name of ['of-variant', 'of-tag', 'of-service']) ratios.push((await statusOf(name)).sli);
    expect(ratios).toEqual([1 / 4, 15 / 19, 4 / 5]);
  });

  it('takes outcomes for fast only where somebody counted slow ones', async () => {
    const latency = { indicator: { kind: 'latency', thresholdMs: 300 }, target: 0.95 };
    await create('counted', latency);
    await create('partly', { ...latency, scope: { kind: 'flag', flag: 'partly' } });
    await create('uncounted', { ...latency, scope: { kind: 'flag', flag: 'uncounted' } });
    const now = closed();
    await outcomes('counted', now - 50 * MINUTE, now - 40 * MINUTE, { ok: 9, err: 1, slow: { 300: 2, 1000: 1 } });
    await outcomes('uncounted', now - 50 * MINUTE, now - 40 * MINUTE, { ok: 9, err: 1, slow: { 1000: 1 } });
    const measured = { 300: 2, [placeOfTimed(300)]: 9, [placeOfTimedErrors(300)]: 1 };
    await outcomes('partly', now - 50 * MINUTE, now - 40 * MINUTE, { ok: 900, err: 100, slow: measured });
    expect(await statusOf('counted')).toMatchObject({ sli: 0.7, problem: null });
    expect(await statusOf('partly')).toMatchObject({ sli: 0.7, problem: null });
    expect(await statusOf('uncounted')).toMatchObject({ state: 'no_data', sli: null, problem: expect.stringContaining('300 ms') });
  });

  it('counts tracked events beside others, or beside exposures', async () => {
    const business = (total: string | null) => ({
      indicator: { kind: 'business', good: 'paid', total },
      target: 0.5,
      scope: { kind: 'flag', flag: 'shop' },
    });
    await create('of-events', {
      ...business('ordered'),
      alerting: { preset: 'custom', rules: [{ severity: 'ticket', longMs: HOUR, shortMs: 5 * MINUTE, factor: 1.5 }] },
    });
    await create('of-exposures', {
      ...business(null),
      alerting: { preset: 'custom', rules: [{ severity: 'ticket', longMs: HOUR, shortMs: 5 * MINUTE, factor: 1.5 }] },
    });
    const span = { flag: 'shop', from: closed() - 10 * MINUTE, to: closed() };
    await addOutcomes(server, environmentId, { ...span, exposures: 20 });
    await addEvents(server, environmentId, { ...span, event: 'ordered', count: 5 });
    await addEvents(server, environmentId, { ...span, event: 'paid', count: 3 });
    expect((await statusOf('of-events')).sli).toBe(0.6);
    expect((await statusOf('of-exposures')).sli).toBe(0.15);
  });

  it('forgets what it found of an older version', async () => {
    await create('versions');
    await aRound();
    const { body } = await admin.patch(`${OBJECTIVES}/versions`, { target: 0.9 });
    expect(body.status).toBeNull();
    expect(await statusOf('versions')).toMatchObject({ state: 'no_data' });
  });
});

describe('maintenance', () => {
  const declare = (body: object) => admin.post(MAINTENANCE, { environment: 'development', reason: 'database moves', ...body });

  it('sets its minutes aside, for its flag alone, and still counts them', async () => {
    await create('moved');
    await create('not-moved');
    const now = closed();
    for (const flag of ['moved', 'not-moved']) {
      await outcomes(flag, now - 3 * HOUR, now - 50 * MINUTE, { ok: 100 });
      await outcomes(flag, now - 50 * MINUTE, now + MINUTE, { ok: 20, err: 80 });
    }
    const from = new Date(now - 50 * MINUTE).toISOString();
    const declared = await declare({ flag: 'moved', from, to: new Date(now + HOUR).toISOString() });
    expect(declared.status).toBe(201);
    const moved = await statusOf('moved');
    expect(moved).toMatchObject({ state: 'ok', firing: [], budgetWithoutExcluded: { remaining: 1 } });
    expect(moved.budget.remaining).toBeLessThan(0);
    expect(moved.tiers[0]).toMatchObject({ fires: true, excused: true });
    expect(await statusOf('not-moved')).toMatchObject({
      state: 'exhausted',
      firing: ['page', 'ticket'],
      policy: ['notify', 'require_approval_for_ramp', 'freeze_rollouts'],
    });

    const { id } = declared.body;
    const ended = (await admin.delete(`${MAINTENANCE}/${id}`)).body;
    expect(Date.parse(ended.to) - Date.now()).toBeLessThanOrEqual(MINUTE);
    expect((await admin.get(MAINTENANCE)).body.items).toEqual([ended]);
    expect((await admin.delete(`${MAINTENANCE}/x`)).body).toMatchObject({ status: 404, code: 'maintenance.not_found' });
  });

  it.each([
    ['has no end after its start', { from: '2030-01-02T00:00:00Z', to: '2030-01-01T00:00:00Z' }, '/to'],
    ['lasts longer than a week', { from: '2030-01-01T00:00:00Z', to: '2030-01-09T00:00:00Z' }, '/to'],
    ['explains yesterday away', { from: new Date(Date.now() - DAY).toISOString(), to: '2030-01-01T00:00:00Z' }, '/from'],
  ])('is refused when it %s', async (_, body, path) => {
    const refused = (await declare(body)).body;
    expect(refused).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(refused.problems.map((problem: { path: string }) => problem.path)).toContain(path);
  });
});
