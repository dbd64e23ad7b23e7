import type { CounterRow } from '@ballast/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import { createClient } from './index.js';

const SPLIT = { by: 'targetingKey', hash: 'native', salt: 's', share: 100_000, weights: [['on', 1]], rest: null, stage: 'ramp/1' } as const;
/** What every context of this spec holds, and nobody may find in what is sent. */
const SECRET = 'secret-7f3a';

let server: TestServer;
let client: ReturnType<typeof createClient>;

beforeEach(async () => {
  server = await aServer(aFlag('checkout', 'off', { version: 3, default: { split: SPLIT } }), aFlag('banner', 'on', { version: 2 }));
  client = createClient({
    url: server.url,
    key: KEY,
    logger: null,
    cache: false,
    flushOnExit: false,
    tracking: true,
    slowMs: [20, 3_600_000],
  });
  await client.ready();
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const user = (name: string) => ({ targetingKey: `${SECRET}-${name}`, email: `${name}@${SECRET}.example`, nested: { plan: SECRET } });
const broken = (): never => {
  throw new Error(SECRET);
};
const rowOf = (flag: string): CounterRow | undefined => server.envelopes.flatMap(({ rows }) => rows).find((row) => row.flag === flag);

it('counts everything that a row has room for, by flag, version, variant, reason and stage', async () => {
  for (const name of ['a', 'a', 'b', 'c']) client.value('checkout', false, user(name));
  const run = (name: string, on: () => unknown) => client.run('checkout', user(name), { on, off: () => 0 }, { fallback: 'off' });
  run('a', () => 1);
  await run('b', () => new Promise((done) => setTimeout(done, 30)));
  for (const name of ['c', 'c', 'd']) run(name, broken);
  client.count('checkout', user('a'), { retries: 4, openMs: 1_500, validated: 9, invalid: 2 });
  expect(await client.flush()).toBe(true);
  const { hist = [], ...row } = rowOf('checkout') ?? {};
  expect(row).toEqual({
    flag: 'checkout',
    version: 3,
    variant: 'on',
    reason: 'SPLIT',
    stage: 'ramp/1',
    t0: expect.any(Number),
    exposures: 9,
    exposuresFirst: 4,
    ok: 2,
    err: 3,
    errFirst: 2,
    slow: [20, 1, 3_600_000, 0],
    retries: 4,
    openMs: 1_500,
    validated: 9,
    invalid: 2,
  });
  expect(hist.filter((_, index) => index % 2 === 1).reduce((sum, n) => sum + n, 0)).toBe(5);
});

it('puts latencies into the sparse buckets of scale 4', async () => {
  await client.run('banner', user('a'), { on: () => new Promise((done) => setTimeout(done, 60)), off: () => 0 });
  await client.flush();
  const [gap = 0, count] = rowOf('banner')?.hist ?? [];
  // Bucket i ends at 2^((i + 1) / 16) ms: what took at least 59 ms lies above the 93rd.
  expect([gap - 1 > 93, gap - 1 < 256, count]).toEqual([true, true, 1]);
});

it('sends nothing of any context, whatever it counts', async () => {
  client.value('checkout', false, user('a'));
  client.run('checkout', user('b'), { on: () => SECRET, off: () => SECRET });
  expect(() => client.run('banner', user('b'), { on: broken, off: broken })).toThrow();
  client.track('order', user('a'), { value: 1 });
  client.count('banner', user('a'), { retries: 1 });
  client.value('banner', 'wrong type', user('c'));
  client.value('no-such-flag', false, user('c'));
  expect(await client.flush()).toBe(true);
  expect(server.attempts.length).toBeGreaterThan(1);
  expect(JSON.stringify(server.attempts)).not.toContain(SECRET);
});

it('keeps its memory and its batches bounded, and tells of all that it could not keep', async () => {
  const names = 30_000;
  for (let i = 0; i < names; i++) client.value(`no-such-flag-${i}`, false, user(`${i}`));
  for (let i = 0; i < 2_500; i++) {
    client.value('banner', false, user('a'));
    client.track(`event-${i}`, user('a'));
  }
  expect(await client.flush()).toBe(true);
  client.value('banner', false, user('a'));
  expect(await client.flush()).toBe(true);
  const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
  const unknown = server.envelopes.flatMap((envelope) => Object.values(envelope.unknown));
  const events = server.envelopes.flatMap(({ outcomes = [] }) => outcomes.map(({ count }) => count));
  expect(sum(unknown) + sum(events) + sum(server.envelopes.map(({ dropped }) => dropped))).toBe(names + 2_500);
  for (const envelope of server.envelopes) expect(Buffer.byteLength(JSON.stringify(envelope))).toBeLessThan(65_536);
  expect(server.envelopes.length).toBeGreaterThan(3);
});
