import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SendersBound } from '../../apps/server/src/telemetry/senders.ticker.js';
import { type Answer, api, aServer, type TestServer } from '../harness/index.js';

const HOUR = 3_600_000;

let server: TestServer;

beforeAll(async () => {
  server = await aServer();
  const flag = {
    key: 'crowd',
    clientVisible: true,
    kind: 'permission',
    type: 'boolean',
    variants: { on: true, off: false },
    owner: 'team',
  };
  expect((await api(server).post('/api/v1/projects/default/flags', flag)).status).toBe(201);
});

afterAll(() => server.stop());

function batchOf(instance: string, ago: number, seq = 0): object {
  const at = Date.now() - ago;
  const row = { flag: 'crowd', version: 1, variant: 'on', reason: 'SPLIT', t0: at - (at % 10_000), exposures: 1, ok: 0, err: 0 };
  return { v: 1, instance, seq, sentAt: Date.now(), rows: [row], unknown: {}, dropped: 0 };
}

function send(body: object, { key = server.serverKey }: { key?: string } = {}): Promise<Answer> {
  return api({ url: server.url, adminToken: key }).post('/sdk/v1/telemetry', body);
}

it('forgets the eldest of too many senders, and counts nothing twice of those', async () => {
  const key = { key: server.clientKey };
  let probes = 0;
  await vi.waitFor(async () => expect((await send(batchOf(`probe ${++probes}`, 0), key)).body).toMatchObject({ rejectedRows: 0 }));
  const counted = async () =>
    (await server.database.query<{ n: number }>("SELECT sum(exposures)::int AS n FROM counted WHERE flag = 'crowd'"))[0]?.n ?? 0;
  const before = await counted();
  const [early, late] = [batchOf('early', 5 * HOUR), batchOf('late', 2 * HOUR)];
  for (const batch of [early, late]) expect(await send(batch, key)).toMatchObject({ status: 200, body: { accepted: 1 } });
  await server.database.query("UPDATE telemetry_instance SET last_seen_at = now() - interval '4 hours' WHERE instance = 'early'");
  await server.database.query("UPDATE telemetry_instance SET last_seen_at = now() - interval '1 hour' WHERE instance = 'late'");
  const [all] = await server.database.query<{ n: number }>("SELECT count(*)::int AS n FROM telemetry_instance WHERE trust = 'client'");
  await server.app.get(SendersBound, { strict: false }).keep((all?.n ?? 0) - 1);
  const names = async () =>
    (
      await server.database.query<{ instance: string }>(
        "SELECT instance FROM telemetry_instance WHERE instance IN ('early', 'late') ORDER BY 1",
      )
    ).map(({ instance }) => instance);
  expect(await names()).toEqual(['late']);
  expect(await send(early, key)).toMatchObject({ status: 410, body: { code: 'telemetry.expired' } });
  expect(await send(late, key)).toMatchObject({ body: { duplicate: true } });
  expect(await send(batchOf('somebody new', 5 * HOUR), key)).toMatchObject({ status: 410 });
  expect(await counted()).toBe(before + 2);
  for (const batch of [batchOf('early', 0, 1), batchOf('somebody else', 2 * HOUR)])
    expect(await send(batch, key)).toMatchObject({ body: { accepted: 1 } });
  expect(await send(batchOf('a server', 5 * HOUR))).toMatchObject({ body: { accepted: 1 } });
  expect(await counted()).toBe(before + 5);
});
