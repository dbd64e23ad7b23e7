import type { Ask, Tally } from '@ballast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_TALLY } from './merge-tallies.js';
import { Questions, type RelayBelow } from './questions.js';
import { Receipts } from './receipts.js';
import { markOf, packMarks, unpackFound } from './roll.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ASK: Ask = { id: 'q1', revision: 6, limit: 100, most: 100, forMs: 5_000 };

/** Questions about one environment, with its instances and the relays that are connected. */
function aPlace() {
  const receipts = new Receipts({ now: () => 0, headOf: () => 6, committedAt: () => undefined });
  const questions = new Questions(receipts);
  const relays: RelayBelow[] = [];
  const asked: Ask[] = [];
  questions.askAlso({ relays: () => relays, ask: (_, ask) => asked.push(ask) });
  const enter = (instance: string, revision: number) => {
    receipts.enter(instance, { instance, sdk: 'test/1', keyId: 'key', environmentId: 'env', view: 'server' }, revision);
    questions.changed('env');
  };
  const apply = (instance: string, revision: number) => {
    receipts.applied(instance, revision, 1);
    questions.changed('env');
  };
  const told: Tally[] = [];
  const open = (ask = ASK) => questions.open('env', ask, (tally) => told.push(tally));
  return { questions, relays, asked, enter, apply, open, told };
}

it('answers at once, and again when the answer changes, but not for what changes nothing', async () => {
  const { enter, apply, open, told } = aPlace();
  enter('a', 5);
  open();
  await vi.advanceTimersByTimeAsync(1);
  apply('a', 5);
  await vi.advanceTimersByTimeAsync(100);
  expect(told.map(({ applied, connected }) => [applied, connected])).toEqual([[0, 1]]);
  apply('a', 6);
  await vi.advanceTimersByTimeAsync(100);
  expect(told.map(({ applied }) => applied)).toEqual([0, 1]);
});

it('answers what it knows itself however little time it has', async () => {
  const { enter, open, told } = aPlace();
  enter('a', 6);
  open({ ...ASK, forMs: 0 });
  await vi.advanceTimersByTimeAsync(10);
  expect(told).toMatchObject([{ connected: 1, applied: 1 }]);
});

it('tells many changes that come together as one', async () => {
  const { enter, apply, open, told } = aPlace();
  for (let i = 0; i < 1_000; i += 1) enter(`i${i}`, 5);
  open();
  await vi.advanceTimersByTimeAsync(10);
  for (let i = 0; i < 1_000; i += 1) apply(`i${i}`, 6);
  await vi.advanceTimersByTimeAsync(100);
  expect(told.map(({ applied }) => applied)).toEqual([0, 1_000]);
});

it('answers no longer than it was asked to', async () => {
  const { enter, open, told } = aPlace();
  const end = open();
  await vi.advanceTimersByTimeAsync(10);
  end();
  enter('a', 6);
  await vi.advanceTimersByTimeAsync(10_000);
  open({ ...ASK, forMs: 50 });
  await vi.advanceTimersByTimeAsync(60);
  enter('b', 6);
  await vi.advanceTimersByTimeAsync(100);
  expect(told.map(({ connected }) => connected)).toEqual([0, 1]);
});

describe('given a relay', () => {
  const relay = { environmentId: 'env', instance: 'r1', sdk: 'relay/1', keyId: 'relay-key' };

  it('asks it, waits for it and adds what it says, with its name on it', async () => {
    const { questions, relays, asked, enter, open, told } = aPlace();
    relays.push(relay);
    enter('a', 6);
    open();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([{ ...ASK, limit: 32, most: 32 }]);
    const report = { instance: 'b', sdk: 'test/1', keyId: 'key', revision: 6, state: 'current' as const, seenMs: 0, behindMs: 0 };
    questions.answered(relay, { id: 'q1', tally: { ...EMPTY_TALLY, connected: 1, applied: 1, listed: [report] } });
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toMatchObject([
      { connected: 1, relays: 1, waitingRelays: 1 },
      { connected: 2, applied: 2, relays: 1, waitingRelays: 0, listed: [{ instance: 'a' }, { instance: 'b', relay: 'r1' }] },
    ]);
  });

  it('takes no word of one for that of another of the same name', async () => {
    const { questions, relays, open, told } = aPlace();
    relays.push(relay, { ...relay, keyId: 'other-key' });
    open();
    questions.answered(relay, { id: 'q1', tally: { ...EMPTY_TALLY, connected: 1 } });
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toMatchObject([{ connected: 1, relays: 2, waitingRelays: 1 }]);
  });

  it('counts relays below relays', async () => {
    const { questions, relays, open, told } = aPlace();
    relays.push(relay);
    open();
    questions.answered(relay, { id: 'q1', tally: { ...EMPTY_TALLY, relays: 2, waitingRelays: 1 } });
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toMatchObject([{ relays: 3, waitingRelays: 1 }]);
  });

  it('asks one that comes while a question is open, and forgets what one said that is gone', async () => {
    const { questions, relays, asked, open, told } = aPlace();
    open();
    relays.push(relay);
    questions.relayEntered();
    expect(asked).toHaveLength(2);
    questions.answered(relay, { id: 'q1', tally: { ...EMPTY_TALLY, connected: 7 } });
    await vi.advanceTimersByTimeAsync(1);
    relays.pop();
    questions.relayLeft(relay);
    await vi.advanceTimersByTimeAsync(1);
    expect(told.map(({ connected, relays: n }) => [connected, n])).toEqual([
      [7, 1],
      [0, 0],
    ]);
  });

  it('finds it by its name, and lists it among no instances', async () => {
    const { relays, enter, open, told } = aPlace();
    relays.push(relay);
    enter('a', 6);
    open({ ...ASK, id: 'q2', only: { names: ['r1', 'nobody'] } });
    open();
    await vi.advanceTimersByTimeAsync(1);
    expect(told.map(({ listed }) => listed.map(({ instance }) => instance))).toEqual([['r1'], ['a']]);
  });

  it('finds it by its mark, and never among the counted', async () => {
    const { relays, open, told } = aPlace();
    relays.push(relay);
    open({ ...ASK, seek: packMarks([markOf(relay), markOf({ instance: 'nobody', keyId: 'key' })]) });
    await vi.advanceTimersByTimeAsync(1);
    expect(unpackFound(told[0]?.found ?? '')).toMatchObject([{ mark: markOf(relay), state: 'relay' }]);
    expect(told).toMatchObject([{ connected: 0, listed: [] }]);
  });

  it('believes no answer to a question of another environment', async () => {
    const { questions, open, told } = aPlace();
    open();
    questions.answered({ ...relay, environmentId: 'other' }, { id: 'q1', tally: { ...EMPTY_TALLY, connected: 7 } });
    await vi.advanceTimersByTimeAsync(1);
    expect(told.map(({ connected }) => connected)).toEqual([0]);
  });
});
