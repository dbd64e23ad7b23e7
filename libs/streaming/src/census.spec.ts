import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aChange, TestHub } from '../test/hub.js';
import { Census } from './census.js';

let now: number;
let hub: TestHub;

beforeEach(async () => {
  now = 1_000_000;
  hub = await TestHub.start({ options: { now: () => now } });
});
afterEach(() => hub.stop());

function tally() {
  return hub.hub.census.receipts.tally('env', { revision: 0, limit: 10, most: 10 });
}

it('hears heartbeats', async () => {
  hub.io.engine.opts.pingInterval = 20;
  await hub.connect().saw('connect');
  now += 60_000;
  await vi.waitFor(() => expect(tally()).toMatchObject({ connected: 1, silent: 0, listed: [{ seenMs: 0 }] }));
});

it('tells a stream that broke off from one whose client took leave', async () => {
  const [broken, left] = [hub.connect({ instance: 'broken' }), hub.connect({ instance: 'left' })];
  await Promise.all([broken.saw('connect'), left.saw('connect')]);
  left.socket.disconnect();
  broken.socket.io.engine.close();
  await vi.waitFor(() => expect(tally()).toMatchObject({ connected: 0, absent: [{ instance: 'broken', state: 'lost' }] }));
});

it('misses nobody whom it sent away itself', async () => {
  const client = hub.connect();
  await client.saw('connect');
  hub.hub.disconnectKey('server-key');
  await client.saw('disconnect');
  expect(tally()).toMatchObject({ connected: 0, absent: [] });
});

it('measures from the arrival of a change where its commit is not known', async () => {
  const client = hub.connect();
  await client.saw('connect');
  now += 5;
  hub.publish(aChange(6));
  await client.saw('delta');
  now += 30;
  client.socket.emit('applied', { revision: 6, at: 1 });
  await vi.waitFor(() => expect(tally().propagation).toMatchObject([{ revision: 6, maxMs: 30 }]));
});

it('remembers the arrival of so many revisions, however far they lie apart', () => {
  const census = new Census({ now: () => now, headOf: () => 2_560, onApplied: () => undefined });
  for (let revision = 0; revision <= 2_560; revision += 10) census.arrived('env', revision);
  census.receipts.enter('1', { instance: 'a', sdk: 'test/1', keyId: 'key', environmentId: 'env', view: 'server' }, undefined);
  expect(census.receipts.applied('1', 0, 1)).toBeUndefined();
  expect(census.receipts.applied('1', 10, 1)).toBe(0);
});

it('asks and is told until the question is over', async () => {
  const told: number[] = [];
  const ask = { id: 'q', revision: 6, limit: 10, most: 10, forMs: 60_000 };
  const end = hub.hub.census.ask('env', ask, ({ applied }) => void told.push(applied));
  const client = hub.connect();
  await client.saw('connect');
  hub.publish(aChange(6));
  await client.saw('delta');
  client.socket.emit('applied', { revision: 6, at: 1 });
  await vi.waitFor(() => expect(told.at(-1)).toBe(1));
  end();
});
