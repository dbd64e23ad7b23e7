import type { InstanceReport, Tally } from '@ballast/protocol';
import { expect, it } from 'vitest';
import { EMPTY_TALLY } from './merge-tallies.js';
import { reconcile, soughtMarks } from './reconcile.js';
import { type FoundEntry, keyMarkOf, markOf, packFound, type RollEntry, type Standing } from './roll.js';
import { rollCall } from './roll-call.js';

function aReport(instance: string, change: Partial<InstanceReport> = {}): InstanceReport {
  return { instance, sdk: 'test/1', keyId: 'key', revision: 5, state: 'current', seenMs: 0, behindMs: 0, ...change };
}

const mark = (instance: string) => markOf({ instance, keyId: 'key' });
const line = (instance: string, standing: Standing, ageMs = 1_000): RollEntry => ({ mark: mark(instance), standing, ageMs });

function aTally(roll: readonly RollEntry[], change: Partial<Tally> = {}): Tally {
  return { ...EMPTY_TALLY, ...rollCall(roll), ...change };
}

function holder(instance: string, enteredMs: number, change: Partial<FoundEntry> = {}): FoundEntry {
  return { mark: mark(instance), key: keyMarkOf('key'), enteredMs, isApplied: true, state: 'well', ...change };
}

const found = (...entries: FoundEntry[]) => ({ parts: [{ packed: packFound(entries), listed: [], sinceMs: 100 }], revision: 5 });

it('counts those without a stream by how they stand, without those who have one somewhere or took leave', () => {
  const tally = aTally([line('p', 'polling'), line('q', 'polling'), line('l', 'lost'), line('a', 'away'), line('g', 'gone')]);
  const beyond = { polling: 3, late: 1, lost: 0, away: 0 };
  expect(reconcile(tally, { ...tally, beyond }, found(holder('q', 50))).without).toEqual({ polling: 4, late: 1, lost: 1, away: 1 });
});

it('misses nobody whom a relay of a release before, which knows no marks, lists by name', () => {
  const absent = ['back', 'away'].map((name) => aReport(name, { state: 'lost' }));
  const tally = aTally([line('back', 'away'), line('away', 'away')], { absent });
  const parts = [{ packed: '', listed: [aReport('back'), aReport('away', { keyId: 'another' })], sinceMs: 100 }];
  const { without, tally: reconciled } = reconcile(tally, tally, { parts, revision: 5 });
  expect(without).toEqual({ polling: 0, late: 0, lost: 0, away: 1 });
  expect(reconciled.absent).toMatchObject([{ instance: 'away' }]);
});

it('lists of those without a stream whom the roll still misses', () => {
  const absent = ['p', 'q', 'g'].map((name) => aReport(name, { state: 'polling' }));
  const tally = aTally([line('p', 'polling'), line('q', 'polling'), line('g', 'gone')], { absent, listed: absent, hasMore: true });
  const result = reconcile(tally, tally, found(holder('q', 50)));
  expect(result.tally.absent).toMatchObject([{ instance: 'p' }]);
  expect(result.tally.listed).toMatchObject([{ instance: 'p' }]);
  expect(result.next).toBe('g');
});

it('counts of two connections of one instance the newer one', () => {
  const listed = [aReport('m', { state: 'wedged', revision: 4 })];
  const counts = { connected: 2, applied: 1, wedged: 1, keys: { key: 2 } };
  const tally = aTally([], { ...counts, listed, troubled: listed });
  const old = holder('m', 60_000, { isApplied: false, state: 'wedged' });
  expect(reconcile(tally, tally, found(old, holder('m', 200))).tally).toMatchObject({
    connected: 1,
    applied: 1,
    wedged: 0,
    keys: { key: 1 },
    listed: [],
    troubled: [],
  });
  expect(reconcile(tally, tally, found(holder('m', 60_000), { ...old, enteredMs: 200 })).tally).toMatchObject({
    connected: 1,
    applied: 0,
    wedged: 1,
    listed: [{ instance: 'm' }],
    troubled: [{ instance: 'm' }],
  });
});

it('lists no old connection that its server calls current, for it knows no newer revision', () => {
  const listed = [aReport('m', { state: 'current', revision: 4 })];
  const tally = aTally([], { connected: 2, applied: 1, listed });
  const both = found(holder('m', 60_000, { isApplied: false }), holder('m', 200));
  expect(reconcile(tally, tally, both).tally).toMatchObject({ connected: 1, applied: 1, listed: [] });
});

it('takes nobody out for a connection that came after the counting, unless the roll knew it', () => {
  const tally = aTally([], { connected: 1 });
  const entries = found(holder('m', 60_000), holder('m', 99));
  expect(reconcile(tally, tally, entries).tally).toMatchObject({ connected: 1 });
  const rolled = aTally([line('m', 'connected')], { connected: 2 });
  expect(reconcile(rolled, rolled, entries).tally).toMatchObject({ connected: 1 });
});

it('takes nobody out for a relay that is connected twice', () => {
  const tally = aTally([line('r', 'lost')], { connected: 4 });
  const result = reconcile(tally, tally, found(holder('r', 0, { state: 'relay' }), holder('r', 0, { state: 'relay' })));
  expect(result).toMatchObject({ tally: { connected: 4 }, without: { lost: 0 } });
});

it('seeks who is on the roll, and who is named', () => {
  const tally = aTally([line('p', 'polling')], { listed: [aReport('a'), aReport('p')], troubled: [aReport('t')] });
  expect(soughtMarks(tally, tally)).toEqual(['p', 'a', 't'].map(mark));
});

it('goes by the list of a process that calls no roll', () => {
  const absent = [aReport('p', { state: 'polling' }), aReport('l', { state: 'lost', seenMs: 10_001 })];
  expect(reconcile(EMPTY_TALLY, { absent }, { parts: [], revision: 5 }).without).toEqual({ polling: 1, late: 0, lost: 1, away: 0 });
});
