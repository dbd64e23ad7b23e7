import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { aServerProcess } from '../harness/a-server-process.js';
import { aDatabase, api, SECRETS } from '../harness/index.js';
import { runScript } from '../harness/run-script.js';

const CHANNELS = '/api/v1/projects/default/channels';
const INTERNAL = { BALLAST_ALLOW_INTERNAL_WEBHOOKS: 'true' };
const PATIENCE = { timeout: 60_000, interval: 20 };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

it('looking at a copy sends none of the messages that wait in it', { timeout: 150_000 }, async () => {
  let heard = 0;
  const listener = createServer((_, response) => {
    heard += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  cleanups.push(() => listener.close());
  const copy = await aDatabase();
  cleanups.push(() => copy.drop());
  const server = await aServerProcess({ databaseUrl: copy.url, env: INTERNAL });
  cleanups.push(() => server.remove());
  const admin = api({ url: server.url, adminToken: SECRETS.adminToken });
  const config = { kind: 'webhook', url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/` };
  expect((await admin.post(CHANNELS, { name: 'oncall', config })).status).toBe(201);
  expect((await admin.post(`${CHANNELS}/oncall/test`, {})).status).toBeLessThan(300);
  await vi.waitFor(() => expect(heard).toBe(1), PATIENCE);
  expect(await server.stop()).toBe(0);
  await copy.query("UPDATE alert_delivery SET state = 'waiting', next_at = now(), settled_at = NULL");
  const { code, problem } = await runScript('scripts/backup-drill.mjs', ['--restored', copy.url], INTERNAL);
  expect([code, heard], problem).toEqual([0, 1]);
  await server.start();
  await vi.waitFor(() => expect(heard).toBe(2), PATIENCE);
});
