import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import type { Client } from '../core/api.js';
import { createClient, type NodeClientOptions } from './index.js';

let server: TestServer;
let client: Client;

const start = async (options: Partial<NodeClientOptions> = {}) => {
  client = createClient({ url: server.url, key: KEY, logger: null, cache: false, flushOnExit: false, ...options });
  await client.ready();
};

beforeEach(async () => {
  server = await aServer(
    aFlag('new-checkout', 'on', { version: 1 }),
    aFlag('greeting', 'on', { type: 'string', variants: { on: 'hi', off: 'bye' } }),
  );
  await start();
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const rows = () => server.envelopes.flatMap((envelope) => envelope.rows);
const exposures = () => rows().reduce((sum, row) => sum + row.exposures, 0);

it('sends what was evaluated, and who it is, but nothing of the contexts', async () => {
  client.value('new-checkout', false, { targetingKey: 'secret-user', email: 'secret@example.com' });
  client.details('new-checkout', false);
  client.value('greeting', 0);
  client.value('no-such-flag', true);
  expect(await client.flush()).toBe(true);
  const flag = { version: 1, ok: 0, err: 0, t0: expect.any(Number) };
  expect(server.envelopes).toEqual([
    {
      v: 1,
      instance: expect.any(String),
      seq: 0,
      sentAt: expect.any(Number),
      rows: [
        { ...flag, flag: 'new-checkout', variant: 'on', reason: 'STATIC', exposures: 2 },
        { ...flag, flag: 'greeting', reason: 'ERROR', exposures: 1 },
      ],
      unknown: { 'no-such-flag': 1 },
      dropped: 0,
    },
  ]);
  expect(JSON.stringify(server.attempts)).not.toContain('secret');
});

it('keeps the sequence number of a batch until the server has taken it, and loses nothing', async () => {
  server.faults.set('/sdk/v1/telemetry', 503);
  for (let i = 0; i < 3; i++) {
    client.value('new-checkout', false);
    expect(await client.flush()).toBe(false);
  }
  server.faults.clear();
  expect(await client.flush()).toBe(true);
  expect(server.attempts.map(({ seq }) => seq)).toEqual([0, 0, 0, 0, 1]);
  expect(server.attempts.slice(0, 4).map(({ rows: [row] }) => row?.exposures)).toEqual([1, 1, 1, 1]);
  expect(exposures()).toBe(3);
});

it('sends nothing any more once it is closed, not even what the server did not take', async () => {
  server.faults.set('/sdk/v1/telemetry', 503);
  client.value('new-checkout', false);
  await client.close();
  server.faults.clear();
  expect(server.attempts).toHaveLength(1);
  expect(await client.flush()).toBe(true);
  expect(server.attempts).toHaveLength(1);
});

it('counts once what the server took although its answer was lost', async () => {
  client.value('new-checkout', false);
  server.losesAnswers = true;
  expect(await client.flush()).toBe(false);
  server.losesAnswers = false;
  expect(await client.flush()).toBe(true);
  expect(server.attempts.map(({ seq }) => seq)).toEqual([0, 0]);
  expect(exposures()).toBe(1);
});

it('sends again by itself', async () => {
  server.faults.set('/sdk/v1/telemetry', 'truncated');
  client.value('new-checkout', false);
  await client.flush();
  server.faults.clear();
  await vi.waitFor(() => expect(exposures()).toBe(1), 10_000);
});

it.each([400, 404, 413])('drops a batch that is refused with %s, and counts what it dropped in the next', async (status) => {
  server.faults.set('/sdk/v1/telemetry', status);
  client.value('new-checkout', false);
  client.value('new-checkout', false);
  await client.flush();
  server.faults.clear();
  client.value('new-checkout', false);
  await client.flush();
  expect(server.envelopes).toMatchObject([{ seq: 1, rows: [{ exposures: 1 }], dropped: 2 }]);
});

it.each([408, 429])('sends a batch again that met status %s', async (status) => {
  server.faults.set('/sdk/v1/telemetry', status);
  client.value('new-checkout', false);
  await client.flush();
  server.faults.clear();
  await client.flush();
  expect(server.envelopes).toMatchObject([{ seq: 0, rows: [{ exposures: 1 }], dropped: 0 }]);
});

it('sends the rest when it is closed', async () => {
  client.value('new-checkout', false);
  await client.close();
  expect(exposures()).toBe(1);
});

it('sends nothing where telemetry is switched off', async () => {
  await client.close();
  await start({ telemetry: false });
  client.value('new-checkout', false);
  client.run('new-checkout', {}, { on: () => 1, off: () => 2 });
  expect(await client.flush()).toBe(true);
  await client.close();
  expect(server.attempts).toEqual([]);
});

it('counts how the code behind a flag ended, sync or async, and how long it took', async () => {
  const boom = new Error('boom');
  const off = () => 'off';
  expect(client.run('new-checkout', {}, { on: () => 'on', off })).toBe('on');
  expect(await client.run('new-checkout', {}, { on: async () => 'on', off })).toBe('on');
  const failing = {
    off,
    on: (): string => {
      throw boom;
    },
  };
  expect(() => client.run('new-checkout', {}, failing)).toThrow(boom);
  await expect(client.run('new-checkout', {}, { on: () => Promise.reject(boom), off })).rejects.toBe(boom);
  expect(client.run('new-checkout', {}, failing, { fallback: 'off' })).toBe('off');
  await client.flush();
  expect(rows()).toMatchObject([{ flag: 'new-checkout', variant: 'on', exposures: 5, ok: 2, err: 3 }]);
  const { hist = [] } = rows()[0] ?? {};
  expect(hist.filter((_, i) => i % 2 === 1).reduce((sum, n) => sum + n, 0)).toBe(5);
});

it('runs off for a flag that is not boolean or does not exist, and says why in the counts', async () => {
  const branches = { on: () => 'on', off: () => 'off' };
  expect(client.run('greeting', {}, branches)).toBe('off');
  expect(client.run('no-such-flag', {}, branches)).toBe('off');
  await client.flush();
  expect(server.envelopes).toMatchObject([
    { rows: [{ flag: 'greeting', reason: 'ERROR', exposures: 1, ok: 1 }], unknown: { 'no-such-flag': 1 } },
  ]);
});
