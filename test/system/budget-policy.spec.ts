import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BurnTicker } from '../../apps/server/src/slo/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { addOutcomes, currentTerm } from './slo-ground.js';

const PROJECT = '/api/v1/projects/default';
const CONFIG = `${PROJECT}/flags/cart/environments/development`;
const MINUTE = 60_000;

let server: TestServer;
let admin: ReturnType<typeof api>;
let writer: string;
let overrider: string;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const token = async (...scopes: string[]) => (await admin.post('/api/v1/tokens', { name: scopes.join('+'), scopes })).body.secret;
  writer = await token('write', 'kill');
  overrider = await token('write', 'override');
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await admin.post(`${PROJECT}/flags`, { ...flag, key: 'cart', tags: ['checkout'] });
  await admin.post(`${PROJECT}/flags`, { ...flag, key: 'other' });
  const [row] = await server.database.query<{ id: string }>("select id from environment where key = 'development'");
  const now = Math.floor((Date.now() - 30_000) / MINUTE) * MINUTE;
  await addOutcomes(server, row?.id ?? '', { flag: 'cart', from: now - 10 * MINUTE, to: now, ok: 9, err: 1 });
});

afterAll(() => server.stop());

/** An objective about the flag's tag of which so much of the budget is left: 10 % of all outcomes failed. */
async function anObjective(target: number, policy: object[]) {
  const objective = {
    owner: 'team',
    indicator: { kind: 'success' },
    runbook: 'https://runbooks.example',
    scope: { kind: 'tag', tag: 'checkout' },
  };
  await admin.delete(`${PROJECT}/objectives/cart`);
  const created = await admin.post(`${PROJECT}/objectives`, { ...objective, name: 'cart', environment: 'development', target, policy });
  expect(created.status).toBe(201);
  await server.app.get(BurnTicker).round(await currentTerm(server));
}

const split = (percent: number) => ({
  on: true,
  default: {
    split: {
      percentages: [
        { variant: 'on', percent },
        { variant: 'off', percent: 100 - percent },
      ],
    },
  },
});
const put = (body: object, query = '', token = writer) => admin.put(`${CONFIG}${query}`, body, { token });

beforeEach(async () => {
  await admin.delete(`${PROJECT}/objectives/cart`);
  await admin.post(`${CONFIG}/restore`, { reason: 'next story' });
  expect((await admin.put(CONFIG, split(10))).status).toBe(200);
});

describe('given a spent budget that freezes rollouts', () => {
  beforeEach(() => anObjective(0.95, [{ remainingBelow: 0, action: 'freeze_rollouts', exempt: ['fix'] }]));

  it('nobody gets more of the flag', async () => {
    const refused = (await put(split(20))).body;
    expect(refused).toMatchObject({
      status: 409,
      code: 'policy.frozen',
      objectives: [{ objective: 'cart', flag: 'cart', verdict: 'refused', action: 'freeze_rollouts' }],
    });
    expect(refused.objectives[0].remaining).toBeCloseTo(-1, 9);
    expect((await put(split(20), '?dryRun=true')).status).toBe(409);
    expect((await admin.get(CONFIG)).body.default).toEqual(split(10).default);
  });

  it('nothing stands in the way of less, of off, of a kill, or of going back', async () => {
    const { items } = (await admin.get(`${PROJECT}/changes?limit=10`)).body;
    const before = items.find(({ action }: { action: string }) => action === 'flag.configure');
    expect((await put(split(5))).status).toBe(200);
    const reverted = await admin.post(`${CONFIG}/revert`, { changeId: before.id }, { token: writer });
    expect(reverted.body).toMatchObject({ default: split(10).default });
    expect((await put({ on: false })).status).toBe(200);
    expect((await admin.post(`${CONFIG}/kill`, undefined, { token: writer })).status).toBe(200);
    expect((await admin.post(`${CONFIG}/kill`, undefined, { token: writer })).status).toBe(200);
  });

  it('switching on again is no way out', async () => {
    await put({ on: false });
    expect((await put(split(1))).body).toMatchObject({ code: 'policy.frozen' });
    expect((await put(split(10), '?policy=fix&reason=repaired')).status).toBe(200);
    await admin.post(`${CONFIG}/kill`, undefined, { token: writer });
    expect((await admin.post(`${CONFIG}/restore`, { reason: 'back' }, { token: writer })).body).toMatchObject({ code: 'policy.frozen' });
    expect((await admin.post(`${CONFIG}/restore?policy=fix`, { reason: 'repaired' }, { token: writer })).status).toBe(200);
  });

  it('lets a declared fix pass, with a reason that the audit keeps', async () => {
    expect((await put(split(20), '?policy=fix')).body).toMatchObject({ status: 400, problems: [{ path: '/reason' }] });
    expect((await put(split(20), '?policy=fix&reason=patched')).status).toBe(200);
    const { items } = (await admin.get(`${PROJECT}/changes?limit=2`)).body;
    expect(items).toContainEqual(expect.objectContaining({ action: 'policy.fix', reason: 'patched' }));
  });

  it('is overridden only by those who may, with a reason that the audit keeps', async () => {
    expect((await put(split(20), '?policy=override&reason=launch')).body).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect((await put(split(20), '?policy=override', overrider)).body).toMatchObject({ status: 400, problems: [{ path: '/reason' }] });
    expect((await put(split(20), '?policy=override&reason=launch', overrider)).status).toBe(200);
    const [line] = (await admin.get(`${PROJECT}/changes?limit=2`)).body.items.filter(
      ({ action }: { action: string }) => action === 'policy.override',
    );
    const { after } = (await admin.get(`${PROJECT}/changes/${line.id}`)).body;
    expect(after).toMatchObject({ objectives: [{ objective: 'cart', action: 'freeze_rollouts' }] });
  });

  it('says nothing of other flags and environments', async () => {
    const wide = { on: true, default: { variant: 'on' } };
    expect((await admin.put(`${PROJECT}/flags/other/environments/development`, wide, { token: writer })).status).toBe(200);
    expect((await admin.put(`${PROJECT}/flags/cart/environments/production`, wide, { token: writer })).status).toBe(200);
  });

  it('says nothing any more when it was evaluated long ago', async () => {
    await server.database.query("update objective_state set at = at - interval '2 hours'");
    expect((await put(split(20))).status).toBe(200);
  });

  it('holds for imports too', async () => {
    const flags = { cart: { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' } };
    const imported = await admin.post(`${PROJECT}/environments/development/import?format=flagd`, { flags }, { token: writer });
    expect(imported.body).toMatchObject({ code: 'policy.frozen' });
  });
});

it('asks for approval of ramps, and of nothing else', async () => {
  await anObjective(0.88, [{ remainingBelow: 0.25, action: 'require_approval_for_ramp' }]);
  expect((await put(split(20))).body).toMatchObject({ status: 409, code: 'policy.approval_needed' });
  expect(
    (await put({ ...split(10), rules: [{ when: { attribute: 'a', op: 'exists', values: [] }, serve: { variant: 'off' } }] })).status,
  ).toBe(200);
});

it('freezes every change where the policy says so, but nothing that turns off', async () => {
  await anObjective(0.95, [{ remainingBelow: 0, action: 'freeze_changes' }]);
  const other = { ...split(10), rules: [{ when: { attribute: 'a', op: 'exists', values: [] }, serve: { variant: 'off' } }] };
  expect((await put(other)).body).toMatchObject({ code: 'policy.frozen' });
  expect((await put(other, '?policy=fix&reason=x')).body).toMatchObject({ code: 'policy.frozen' });
  const renamed = await admin.patch(`${PROJECT}/flags/cart`, { variants: { on: true, off: false, third: true } }, { token: writer });
  expect(renamed.body).toMatchObject({ code: 'policy.frozen' });
  expect((await put(split(9))).status).toBe(200);
});

it('a budget that is left stands in nobody’s way', async () => {
  await anObjective(0.8, [{ remainingBelow: 0.25, action: 'freeze_changes' }]);
  expect((await put(split(20))).status).toBe(200);
});
