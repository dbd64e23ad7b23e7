import { createClient } from '@ballast/sdk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SnapshotKeeper } from '../../apps/server/src/snapshots/index.js';
import { SnapshotsView } from '../../apps/server/src/snapshots/snapshots.view.js';
import { TestClient } from '../../libs/streaming/test/client.js';
import { TcpProxy } from '../harness/a-proxy.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAG = '/api/v1/projects/default/flags/checkout';
const CONFIG = `${FLAG}/environments/development`;

let first: TestServer;

beforeAll(async () => {
  first = await aServer();
  const flag = { key: 'checkout', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await api(first).post('/api/v1/projects/default/flags', flag);
});

afterAll(() => first.stop());

const onEverywhere = { on: true, default: { variant: 'on' } };
const offEverywhere = { on: true, default: { variant: 'off' } };

async function revision(server: TestServer): Promise<number> {
  const answer = await fetch(`${server.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.serverKey}` } });
  return (await answer.json()).revision;
}

it('hands clients over to another server without a stale moment, and they are led on there', async () => {
  const leaving = await aServer({ database: first.database });
  const proxy = await new TcpProxy([leaving.url]).start();
  const clients = Array.from({ length: 20 }, () => createClient({ url: proxy.url, key: first.serverKey, logger: null }));
  const stale = vi.fn();
  for (const client of clients) client.on('stale', stale);
  await Promise.all(clients.map((client) => client.ready()));
  proxy.leadTo([first.url]);
  await leaving.app.close();
  await api(first).put(CONFIG, onEverywhere);
  await vi.waitFor(() => expect(clients.every((client) => client.value('checkout', false))).toBe(true), { timeout: 10_000 });
  expect(clients.map((client) => client.status)).toEqual(clients.map(() => 'ready'));
  expect(stale).not.toHaveBeenCalled();
  await Promise.all(clients.map((client) => client.close()));
  await proxy.stop();
});

it('leads clients on after a restart from what they held before it', async () => {
  const held = await revision(first);
  await api(first).put(CONFIG, offEverywhere);
  await api(first).put(CONFIG, onEverywhere);
  const fresh = await aServer({ database: first.database });
  const client = new TestClient(fresh.url, { key: first.serverKey, instance: 'i1', sdk: 'test/1', since: held });
  expect(await client.saw('delta')).toMatchObject({ from: held, to: held + 2 });
  expect(client.messages.map(([event]) => event)).not.toContain('reset');
  client.socket.disconnect();
  await fresh.stop();
});

it('loads each snapshot once, however many clients come with empty hands', async () => {
  const load = vi.spyOn(SnapshotsView.prototype, 'load');
  const fresh = await aServer({ database: first.database });
  const environments = await first.database.query('SELECT id FROM environment');
  const crowd = Array.from(
    { length: 300 },
    (_, i) => new TestClient(fresh.url, { key: first.serverKey, instance: `i${i}`, sdk: 'test/1' }),
  );
  await Promise.all(crowd.map((client) => client.saw('reset')));
  const revisions = await Promise.all(crowd.map(() => revision(fresh)));
  expect(new Set(revisions)).toEqual(new Set([await revision(first)]));
  await Promise.all(environments.map(({ id }) => fresh.app.get(SnapshotKeeper).refresh(id)));
  expect(load).toHaveBeenCalledTimes(environments.length);
  for (const { socket } of crowd) socket.disconnect();
  await fresh.stop();
});
