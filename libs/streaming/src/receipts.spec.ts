import type { Question } from '@ballast/protocol';
import { beforeEach, expect, it } from 'vitest';
import { mergeTallies } from './merge-tallies.js';
import { Receipts } from './receipts.js';
import { keyMarkOf, markOf, packMarks, unpackFound, unpackRoll } from './roll.js';

let now: number;
let head: number;
let commits: Map<number, number>;
let receipts: Receipts;

beforeEach(() => {
  now = 1_000_000;
  head = 5;
  commits = new Map();
  receipts = new Receipts({ now: () => now, headOf: () => head, committedAt: (_, revision) => commits.get(revision) });
});

function commit(): void {
  head += 1;
  commits.set(head, now);
}

function who(instance: string, change: { keyId?: string; view?: 'server' | 'client' } = {}) {
  return { instance, sdk: 'test/1', keyId: 'key', environmentId: 'env', view: 'server' as const, ...change };
}

function tally(question: Partial<Question> = {}) {
  return receipts.tally('env', { revision: head, limit: 100, most: 100, ...question });
}

const states = () => tally().listed.map(({ instance, state }) => [instance, state]);

it('counts who is connected and who has applied the newest revision', () => {
  receipts.enter('1', who('a'), 5);
  receipts.enter('2', who('b'), 5);
  receipts.enter('3', who('c', { keyId: 'other' }), undefined);
  commit();
  receipts.applied('1', 6, 1);
  expect(tally()).toMatchObject({ connected: 3, applied: 1, keys: { key: 2, other: 1 } });
  expect(tally({ revision: 5 })).toMatchObject({ connected: 3, applied: 2 });
  expect(states()).toEqual([
    ['a', 'current'],
    ['b', 'behind'],
    ['c', 'behind'],
  ]);
});

it('measures from the commit to the receipt, of those that were connected all the while', () => {
  receipts.enter('1', who('a'), 5);
  now += 1;
  commit();
  now += 20;
  receipts.enter('2', who('b'), undefined);
  expect(receipts.applied('1', 6, 1)).toBe(20);
  expect(receipts.applied('2', 6, 1)).toBeUndefined();
  expect(receipts.applied('1', 6, 1)).toBeUndefined();
  expect(tally().propagation).toMatchObject([{ revision: 6, maxMs: 20 }]);
});

it('calls an instance wedged that answers heartbeats and does not move on', () => {
  receipts.enter('1', who('stuck'), 5);
  receipts.enter('2', who('slow'), 5);
  now += 60_000;
  for (const connection of ['1', '2']) receipts.heard(connection);
  commit();
  commit();
  now += 9_000;
  receipts.applied('2', 6, 1);
  now += 2_000;
  for (const connection of ['1', '2']) receipts.heard(connection);
  expect(tally()).toMatchObject({ wedged: 1, silent: 0, troubled: [{ instance: 'stuck', state: 'wedged', behindMs: 11_000 }] });
  expect(states()).toEqual([
    ['slow', 'behind'],
    ['stuck', 'wedged'],
  ]);
  receipts.applied('1', 7, 1);
  expect(tally()).toMatchObject({ wedged: 0, troubled: [] });
});

it('does not call wedged who came a moment ago, however old what it holds', () => {
  now += 60_000;
  commit();
  now += 60_000;
  receipts.enter('1', who('new'), 5);
  expect(states()).toEqual([['new', 'behind']]);
});

it('calls an instance silent that misses a heartbeat', () => {
  receipts.enter('1', who('mute'), 5);
  now += 25_000;
  expect(tally()).toMatchObject({ silent: 0 });
  now += 1;
  expect(tally()).toMatchObject({ connected: 1, silent: 1, troubled: [{ instance: 'mute', state: 'silent', seenMs: 25_001 }] });
  receipts.heard('1');
  expect(tally()).toMatchObject({ silent: 0, troubled: [] });
});

it('remembers back ends whose stream broke off until they come back, and tells of those who took leave when asked by name', () => {
  receipts.enter('1', who('broken'), 5);
  receipts.enter('2', who('closed'), 5);
  receipts.enter('3', who('page', { view: 'client' }), 5);
  now += 1_000;
  receipts.leave('1', 'lost');
  receipts.leave('2', 'gone');
  receipts.leave('3', 'lost');
  expect(tally()).toMatchObject({ connected: 0, absent: [{ instance: 'broken', state: 'lost', revision: 5, seenMs: 1_000 }] });
  const named = tally({ only: { names: ['closed', 'page'] } }).absent;
  expect(named).toMatchObject([{ instance: 'closed', state: 'gone', seenMs: 0 }]);
  receipts.enter('4', who('broken'), 5);
  expect(tally()).toMatchObject({ connected: 1, absent: [] });
  receipts.leave('4', 'lost');
  now += 300_001;
  expect(tally().absent).toEqual([]);
});

it('counts an instance that is connected twice once, by its newer connection', () => {
  receipts.enter('1', who('a'), 4);
  receipts.enter('2', who('a'), 5);
  expect(tally()).toMatchObject({ connected: 1, applied: 1 });
  receipts.leave('1', 'lost');
  expect(tally()).toMatchObject({ connected: 1, absent: [] });
  receipts.leave('2', 'gone');
  expect(tally()).toMatchObject({ connected: 0, absent: [] });
});

it('takes nobody who has another key for an instance, whatever it calls itself', () => {
  receipts.enter('1', who('a'), 4);
  receipts.enter('2', who('a', { keyId: 'public', view: 'client' }), 5);
  expect(tally()).toMatchObject({ connected: 2, applied: 1, keys: { key: 1, public: 1 } });
  receipts.leave('1', 'lost');
  receipts.enter('3', who('a', { keyId: 'another' }), 5);
  receipts.polled(who('a', { keyId: 'third' }), 5);
  expect(tally({ limit: 1 })).toMatchObject({ listed: [{ keyId: 'another' }, { keyId: 'public' }], hasMore: false });
  expect(tally().absent).toMatchObject([
    { instance: 'a', keyId: 'key', state: 'lost' },
    { keyId: 'third', state: 'polling' },
  ]);
});

it('calls the roll of those without a stream and of those who came lately, and finds who is sought', () => {
  receipts.enter('1', who('old'), 5);
  now += 60_001;
  receipts.enter('2', who('new'), 4);
  receipts.enter('3', who('left'), 5);
  receipts.leave('3', 'lost');
  receipts.polled(who('polls'), 4);
  now += 50;
  const roll = unpackRoll(tally({ roll: true }).roll ?? '');
  expect(roll).toEqual([
    { mark: markOf(who('left')), ageMs: 50, standing: 'away' },
    { mark: markOf(who('polls')), ageMs: 50, standing: 'polling' },
    { mark: markOf(who('new')), ageMs: 50, standing: 'connected' },
  ]);
  expect(tally({ roll: true }).listed.map(({ instance }) => instance)).toEqual(['left', 'new', 'old', 'polls']);
  expect(tally({ roll: true, only: { behind: true } }).listed.map(({ instance }) => instance)).toEqual(['new', 'polls']);
  const found = unpackFound(tally({ seek: packMarks(['old', 'new', 'left', 'x'].map((name) => markOf(who(name)))) }).found ?? '');
  expect(found).toEqual([
    { mark: markOf(who('old')), key: keyMarkOf('key'), enteredMs: 60_051, isApplied: true, state: 'silent' },
    { mark: markOf(who('new')), key: keyMarkOf('key'), enteredMs: 50, isApplied: false, state: 'well' },
  ]);
});

it('finds an instance again whose newer connection ended first', () => {
  receipts.enter('1', who('a'), 4);
  receipts.enter('2', who('a'), 5);
  receipts.leave('2', 'gone');
  receipts.applied('1', 5, 1);
  expect(tally()).toMatchObject({ connected: 1, applied: 1 });
});

it('knows who polls, what they hold and how often they ask', () => {
  receipts.polled(who('p'), 4);
  now += 31_000;
  receipts.polled(who('p'), 5);
  now += 5;
  expect(tally().absent).toMatchObject([{ instance: 'p', state: 'polling', revision: 5, seenMs: 5, gapMs: 31_000 }]);
  receipts.enter('1', who('p'), 5);
  receipts.polled(who('p'), 5);
  expect(tally().absent).toEqual([]);
});

it('misses a relay that broke off, with all who are behind it, until it comes back', () => {
  const relay = { environmentId: 'env', instance: 'r1', sdk: 'relay/1', keyId: 'relay-key' };
  receipts.relayEntered(relay);
  expect(tally()).toMatchObject({ connected: 0, absent: [] });
  receipts.relayLeft(relay, 'lost');
  now += 9_999;
  expect(tally()).toMatchObject({ relays: 1, waitingRelays: 1 });
  now += 1;
  expect(tally()).toMatchObject({ relays: 0, waitingRelays: 0 });
  expect(tally().absent).toMatchObject([{ instance: 'r1', sdk: 'relay/1', state: 'lost', revision: null }]);
  receipts.relayLeft(relay, 'lost');
  receipts.relayEntered(relay);
  expect(tally()).toMatchObject({ relays: 0, waitingRelays: 0 });
  receipts.relayLeft(relay, 'gone');
  expect(tally()).toMatchObject({ relays: 0, waitingRelays: 0, absent: [] });
});

it('lists by name, page by page, what a question is about', () => {
  for (const [at, name] of ['d', 'b', 'a', 'c'].entries()) receipts.enter(`${at}`, who(name, { keyId: name < 'c' ? 'early' : 'late' }), 5);
  commit();
  receipts.applied('1', 6, 1);
  const names = (question: Partial<Question>) => {
    const { listed, hasMore } = tally(question);
    return [listed.map(({ instance }) => instance).join(''), hasMore];
  };
  expect(names({ limit: 3 })).toEqual(['abc', true]);
  expect(names({ limit: 3, after: 'c' })).toEqual(['d', false]);
  expect(names({ only: { behind: true } })).toEqual(['acd', false]);
  expect(names({ only: { keyId: 'late' } })).toEqual(['cd', false]);
  expect(names({ only: { names: ['b', 'x'] } })).toEqual(['b', false]);
  expect(names({ limit: 0 })).toEqual(['', false]);
});

it('names who is missed before those who poll as they should, however many they are', () => {
  receipts.enter('1', who('broken'), 5);
  receipts.leave('1', 'lost');
  receipts.polled(who('overdue'), 5);
  now += 61_000;
  for (let i = 0; i < 300; i += 1) receipts.polled(who(`p${i}`), 5);
  expect(tally({ most: 2 }).absent).toMatchObject([
    { instance: 'broken', state: 'lost' },
    { instance: 'overdue', state: 'polling', seenMs: 61_000 },
  ]);
});

it('misses back ends however many names the key of a page is used under', () => {
  receipts.enter('1', who('broken'), 5);
  receipts.leave('1', 'lost');
  for (let i = 0; i < 10_001; i += 1) receipts.polled(who(`page${i}`, { view: 'client' }), 5);
  expect(tally({ most: 1 }).absent).toMatchObject([{ instance: 'broken' }]);
});

it('measures a revision once, whatever a client says it goes back to', () => {
  receipts.enter('1', who('a'), 5);
  commit();
  expect(receipts.applied('1', 6, 1)).toBe(0);
  now += 60_000;
  receipts.applied('1', 5, 1);
  expect(receipts.applied('1', 6, 1)).toBeUndefined();
  expect(tally().propagation).toMatchObject([{ revision: 6, maxMs: 0 }]);
});

it('finds the first page among many', () => {
  const names = Array.from({ length: 997 }, (_, i) => `i${String((i * 331) % 997).padStart(3, '0')}`);
  for (const name of names) receipts.enter(name, who(name), 5);
  for (const limit of [1, 10, 996, 2_000]) {
    expect(tally({ limit }).listed.map(({ instance }) => instance)).toEqual([...names].sort().slice(0, limit));
  }
});

it('takes nobody at their word who says to hold what there never was', () => {
  receipts.enter('1', who('boasts'), 5);
  receipts.applied('1', 1_000, 1);
  receipts.polled(who('polls'), 1_000);
  expect(tally()).toMatchObject({ connected: 1, applied: 0, absent: [{ instance: 'polls', revision: null }] });
  expect(tally({ revision: 1_000 })).toMatchObject({ applied: 1, absent: [{ revision: 1_000 }] });
});

it('calls whoever claims the future again and again wedged, and measures nothing twice for it', () => {
  receipts.enter('1', who('boasts'), 5);
  commit();
  now += 20;
  expect(receipts.applied('1', 6, 1)).toBe(20);
  for (let i = 0; i < 4; i += 1) {
    now += 5_000;
    receipts.applied('1', 1_000 + i, 1);
    receipts.strayed('1');
  }
  expect(tally()).toMatchObject({ wedged: 1, troubled: [{ instance: 'boasts', revision: null }] });
  expect(receipts.applied('1', 6, 1)).toBeUndefined();
});

it('gives whoever holds something else its time to fetch another snapshot', () => {
  let checksum = 1;
  receipts = new Receipts({ now: () => now, headOf: () => head, committedAt: () => undefined, checksumAt: () => checksum });
  receipts.enter('1', who('a'), 5, 1);
  now += 60_000;
  receipts.heard('1');
  checksum = 2;
  receipts.replaced('env');
  expect(tally()).toMatchObject({ applied: 0, wedged: 0, listed: [{ revision: null, state: 'behind', behindMs: 0 }] });
  now += 10_001;
  expect(tally()).toMatchObject({ wedged: 1 });
});

it('measures again what came to a client that had strayed', () => {
  receipts.enter('1', who('a'), 1_000);
  receipts.strayed('1');
  receipts.applied('1', 5, 1);
  commit();
  now += 20;
  expect(receipts.applied('1', 6, 1)).toBe(20);
});

it('lists of each key somebody before it lists more of one, whoever that key is known to', () => {
  for (let i = 0; i < 50; i += 1) {
    receipts.polled(who(`page${i}`, { keyId: 'public', view: 'client' }), 5);
    receipts.enter(`p${i}`, who(`tab${i}`, { keyId: 'public', view: 'client' }), 5);
  }
  now += 1;
  receipts.polled(who('overdue'), 5);
  receipts.enter('s', who('silent'), 5);
  now += 120_000;
  const { troubled, absent } = tally({ most: 4 });
  expect(troubled).toMatchObject([{ instance: 'tab0' }, { instance: 'silent' }, {}, {}]);
  expect(absent).toMatchObject([{ instance: 'page0' }, { instance: 'overdue' }, {}, {}]);
  const merged = mergeTallies([tally({ most: 40 }), tally({ most: 40 })], { limit: 0, most: 4 });
  for (const list of [merged.troubled, merged.absent]) expect(new Set(list.map(({ keyId }) => keyId))).toEqual(new Set(['public', 'key']));
});
