import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import { compressed } from './compressed.js';
import { createClient, type NodeClientOptions } from './index.js';

let server: TestServer;
let client: ReturnType<typeof createClient>;
let problems: string[];

const start = async (options: Partial<NodeClientOptions> = {}) => {
  problems = [];
  const logger = { warn: (message: string) => void problems.push(message), error: (message: string) => void problems.push(message) };
  client = createClient({ url: server.url, key: KEY, logger, cache: false, flushOnExit: false, ...options });
  await client.ready();
};

beforeEach(async () => {
  const split = {
    by: 'targetingKey',
    hash: 'native',
    salt: 's',
    share: 100_000,
    weights: [['on', 1]],
    rest: null,
    stage: 'ramp/1',
  } as const;
  server = await aServer(aFlag('checkout', 'off', { version: 3, default: { split } }), aFlag('banner', 'off', { version: 2 }));
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const rows = () => server.envelopes.flatMap((envelope) => envelope.rows);
const outcomes = () => server.envelopes.flatMap((envelope) => envelope.outcomes ?? []);

it('counts an event for every variant that its context was served, and for no other', async () => {
  await start({ tracking: true });
  const [buyer, other] = [{ targetingKey: 'buyer' }, { targetingKey: 'other' }];
  client.value('checkout', false, buyer);
  client.details('banner', false, buyer);
  client.value('banner', false, other);
  client.value('no-such-flag', false, buyer);
  client.track('order', buyer, { value: 20 });
  client.track('order', buyer, { value: 22.5 });
  client.track('order', other);
  client.track('order', { targetingKey: 'stranger' });
  client.track('order', {});
  expect(await client.flush()).toBe(true);
  const t0 = expect.any(Number);
  expect(outcomes()).toEqual([
    { flag: 'checkout', version: 3, variant: 'on', stage: 'ramp/1', event: 'order', t0, count: 2, sum: 42.5 },
    { flag: 'banner', version: 2, variant: 'off', event: 'order', t0, count: 3, sum: 42.5 },
  ]);
  expect(JSON.stringify(server.attempts)).not.toContain('buyer');
  expect(problems).toEqual([]);
});

it('keeps tracked events until the server has taken them, each once', async () => {
  await start({ tracking: true });
  client.value('banner', false, { targetingKey: 'buyer' });
  client.track('order', { targetingKey: 'buyer' });
  server.faults.set('/sdk/v1/telemetry', 503);
  expect(await client.flush()).toBe(false);
  server.faults.clear();
  expect(await client.flush()).toBe(true);
  expect(outcomes()).toMatchObject([{ event: 'order', count: 1 }]);
  expect(new Set(server.attempts.map(({ seq }) => seq)).size).toBe(2);
});

it('goes on with the attributes of the client, as evaluations do', async () => {
  await start({ tracking: true, context: { targetingKey: 'the-one' } });
  client.value('banner', false);
  client.track('order');
  await client.flush();
  expect(outcomes()).toMatchObject([{ flag: 'banner', count: 1 }]);
});

it('tells what is wrong with an event, and counts nothing', async () => {
  await start();
  client.value('banner', false, { targetingKey: 'buyer' });
  client.track('order', { targetingKey: 'buyer' });
  expect(problems).toEqual(['ballast: track needs the option tracking']);
  await client.close();
  await start({ tracking: true });
  client.value('banner', false, { targetingKey: 'buyer' });
  for (const event of ['', 'x'.repeat(256)]) client.track(event, { targetingKey: 'buyer' });
  for (const value of [Number.NaN, 1e10]) client.track('order', { targetingKey: 'buyer' }, { value });
  expect(problems).toEqual(['ballast: an event needs a name', 'ballast: the value of order is not a number of its size']);
  await client.flush();
  expect(outcomes()).toEqual([]);
});

it('counts what the code under a flag went through, without an evaluation', async () => {
  await start();
  const user = { targetingKey: 'user-1' };
  client.count('checkout', user, { retries: 2, validated: 5, invalid: 1 });
  client.count('checkout', user, { retries: 1, openMs: 12.4, validated: -7, invalid: Number.NaN });
  client.count('no-such-flag', user, { retries: 1 });
  await client.flush();
  const counted = { exposures: 0, ok: 0, err: 0, retries: 3, openMs: 12, validated: 5, invalid: 1 };
  expect(rows()).toEqual([
    { flag: 'checkout', version: 3, variant: 'on', reason: 'SPLIT', stage: 'ramp/1', t0: expect.any(Number), ...counted },
  ]);
});

it('counts runs as slow above thresholds of its own', async () => {
  await start({ slowMs: [1, 3_600_000] });
  const branch = () => new Promise((resolve) => setTimeout(resolve, 20));
  await client.run('checkout', { targetingKey: 'u' }, { on: branch, off: branch });
  await client.flush();
  expect(rows()).toMatchObject([{ ok: 1, slow: [1, 1, 3_600_000, 0] }]);
});

it.each([[[0]], [[1.5]], [[1, 2, 3, 4, 5]], [['1']], ['500']])('takes no thresholds like %j', async (slowMs) => {
  await start({ slowMs: slowMs as number[] });
  expect(problems).toEqual(['ballast: option slowMs is not valid']);
  client.run('checkout', { targetingKey: 'u' }, { on: () => 1, off: () => 0 });
  await client.flush();
  expect(rows()).toMatchObject([{ ok: 1, slow: [500, 0] }]);
});

it('compresses what is large, and sends it as it is counted', async () => {
  const init = { headers: { authorization: 'x' }, body: 'a'.repeat(10_000) };
  const { body, headers } = await compressed(init);
  expect(headers).toEqual({ authorization: 'x', 'content-encoding': 'gzip' });
  expect(gunzipSync(Buffer.from(body ?? '')).toString()).toBe(init.body);
  expect(await compressed({ ...init, body: 'short' })).toEqual({ ...init, body: 'short' });
  await start();
  for (let i = 0; i < 90; i++) client.value(`no-such-flag-${i}-${'x'.repeat(50)}`, false);
  expect(await client.flush()).toBe(true);
  expect(Object.keys(server.envelopes[0]?.unknown ?? {})).toHaveLength(90);
});
