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
let approver: string;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const token = async (...scopes: string[]) => (await admin.post('/api/v1/tokens', { name: scopes.join('+'), scopes })).body.secret;
  writer = await token('write', 'kill');
  overrider = await token('write', 'override');
  approver = await token('write', 'approve');
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

describe('given a budget that asks for approval of ramps', () => {
  beforeEach(() => anObjective(0.88, [{ remainingBelow: 0.25, action: 'require_approval_for_ramp' }]));

  const approve = (config?: object, body: object = {}, query = '') =>
    admin.post(`${CONFIG}/approvals${query}`, { reason: 'looked at it with the team', config, ...body }, { token: approver });
  const approvals = async () => (await admin.get(`${CONFIG}/approvals`, { token: writer })).body.items;
  const needed = { status: 409, code: 'policy.approval_needed', askAt: `${CONFIG}/approvals` };

  it('somebody else approves exactly this change, once', async () => {
    expect((await put(split(20))).body).toMatchObject(needed);
    const approved = await approve(split(20));
    expect(approved.status).toBe(201);
    expect(approved.body).toMatchObject({ state: 'open', approvedBy: 'write+approve', config: split(20), usedBy: null });
    expect(approved.headers.get('location')).toBe(`${CONFIG}/approvals/${approved.body.id}`);
    expect((await put(split(21))).body).toMatchObject(needed);
    expect((await put(split(20), '?dryRun=true')).status).toBe(200);
    expect((await approvals())[0]).toMatchObject({ id: approved.body.id, state: 'open' });
    expect((await put(split(20))).status).toBe(200);
    expect((await approvals())[0]).toMatchObject({ id: approved.body.id, state: 'used', usedBy: 'write+kill' });
    await put(split(10));
    expect((await put(split(20))).body).toMatchObject(needed);
    const { items } = (await admin.get(`${PROJECT}/changes?action=policy.approved&limit=1`)).body;
    const { after, actor } = (await admin.get(`${PROJECT}/changes/${items[0].id}`)).body;
    expect(actor).toBe('write+kill');
    expect(after).toMatchObject({
      approval: { id: approved.body.id, approvedBy: 'write+approve', reason: 'looked at it with the team' },
      objectives: [{ objective: 'cart', action: 'require_approval_for_ramp' }],
    });
    const [created] = (await admin.get(`${PROJECT}/changes?action=approval.create&limit=1`)).body.items;
    expect(created).toMatchObject({ actor: 'write+approve', reason: 'looked at it with the team', environment: 'development' });
  });

  it('nobody approves for themselves, and only those approve who may', async () => {
    await approve(split(20));
    expect((await put(split(20), '', approver)).body).toMatchObject(needed);
    const refused = await admin.post(`${CONFIG}/approvals`, { reason: 'me', config: split(20) }, { token: writer });
    expect(refused.body).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect((await put(split(20))).status).toBe(200);
  });

  it('what was approved of a state that is gone counts no more', async () => {
    await approve(split(20));
    await put(split(5));
    await put(split(5.5), '?policy=override&reason=x', overrider);
    expect((await put(split(20))).body).toMatchObject(needed);
    expect((await approvals())[0]).toMatchObject({ state: 'outdated' });
    const { body } = await approve(split(20));
    await admin.patch(`${PROJECT}/flags/cart`, { description: 'another one' });
    expect((await put(split(20))).body).toMatchObject(needed);
    expect((await approvals())[0]).toMatchObject({ id: body.id, state: 'outdated' });
  });

  it('two changes at once cannot both use one approval', async () => {
    await approve(split(20));
    const answers = await Promise.all(Array.from({ length: 6 }, () => put(split(20))));
    const passed = await server.database.query("select 1 from audit_event where action = 'policy.approved'");
    // Whoever comes second changes nothing, which needs no approval.
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const before = passed.length;
    await put(split(10));
    await approve(split(20));
    const other = [{ ...split(20), prerequisites: [] }, split(30)];
    const mixed = await Promise.all([...other, ...other].map((config) => put(config)));
    expect(mixed.map(({ status }) => status).sort()).toEqual([200, 200, 409, 409]);
    expect(await server.database.query("select 1 from audit_event where action = 'policy.approved'")).toHaveLength(before + 1);
  });

  it('ends by itself, or is withdrawn', async () => {
    const { body } = await approve(split(20), { expiresIn: '1h' });
    expect(Date.parse(body.expiresAt) - Date.parse(body.approvedAt)).toBe(3_600_000);
    const withdrawn = await admin.delete(`${CONFIG}/approvals/${body.id}`, { token: approver });
    expect(withdrawn.body).toMatchObject({ state: 'withdrawn', withdrawnBy: 'write+approve' });
    expect((await admin.delete(`${CONFIG}/approvals/${body.id}`, { token: approver })).status).toBe(200);
    expect((await put(split(20))).body).toMatchObject(needed);
    await approve(split(20));
    await server.database.query('update approval set expires_at = now()');
    expect((await put(split(20))).body).toMatchObject(needed);
    expect((await approvals())[0]).toMatchObject({ state: 'expired' });
    expect((await approve(split(20), { expiresIn: '8d' })).status).toBe(400);
  });

  it('a killed flag is restored by approval, as it is', async () => {
    await admin.post(`${CONFIG}/kill`, undefined, { token: writer });
    const restore = () => admin.post(`${CONFIG}/restore`, { reason: 'repaired' }, { token: writer });
    expect((await restore()).body).toMatchObject(needed);
    expect((await approve(split(20))).body).toMatchObject({ status: 409, code: 'approval.needless' });
    expect((await approve()).body).toMatchObject({ state: 'open', config: split(10) });
    expect((await restore()).status).toBe(200);
    expect((await approvals())[0]).toMatchObject({ state: 'used' });
  });

  it('approves nothing that needs none, cannot be, or is not there', async () => {
    expect((await approve(split(10))).body).toMatchObject({ code: 'approval.needless', problem: 'it changes nothing' });
    expect((await approve({ on: false })).body).toMatchObject({ code: 'approval.needless' });
    expect((await approve()).body).toMatchObject({ code: 'approval.needless' });
    expect((await approve({ on: true, default: { variant: 'none' } })).body).toMatchObject({ status: 400, code: 'config.invalid' });
    expect((await admin.delete(`${CONFIG}/approvals/1`, { token: approver })).body).toMatchObject({ code: 'approval.not_found' });
    const elsewhere = `${PROJECT}/flags/nobody/environments/development/approvals`;
    expect((await admin.get(elsewhere)).body).toMatchObject({ code: 'flag.not_found' });
    expect((await admin.post(elsewhere, { reason: 'x' }, { token: approver })).body).toMatchObject({ code: 'flag.not_found' });
    const before = await approvals();
    const rehearsed = await approve(split(20), {}, '?dryRun=true');
    expect(rehearsed.status).toBe(201);
    expect(await approvals()).toEqual(before);
    expect((await put(split(20))).body).toMatchObject(needed);
  });

  it('turning off, less and kills never wait for anybody', async () => {
    expect((await put(split(5))).status).toBe(200);
    expect((await put({ on: false })).status).toBe(200);
    expect((await admin.post(`${CONFIG}/kill`, undefined, { token: writer })).status).toBe(200);
  });
});

it('an approval does not lift a freeze', async () => {
  await anObjective(0.95, [{ remainingBelow: 0, action: 'freeze_rollouts' }]);
  await admin.post(`${CONFIG}/approvals`, { reason: 'please', config: split(20) }, { token: approver });
  expect((await put(split(20))).body).toMatchObject({ code: 'policy.frozen' });
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
