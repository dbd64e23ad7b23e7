import type { InstanceReport, Tally } from '@ballast/protocol';
import { expect, it } from 'vitest';
import { EMPTY_TALLY, mergeTallies } from './merge-tallies.js';

function aReport(instance: string, change: Partial<InstanceReport> = {}): InstanceReport {
  return { instance, sdk: 'test/1', keyId: 'key', revision: 5, state: 'current', seenMs: 0, behindMs: 0, ...change };
}

function aTally(change: Partial<Tally> = {}): Tally {
  return { ...EMPTY_TALLY, ...change };
}

const listed = (...names: string[]) => names.map((name) => aReport(name));
const all = { limit: 100, most: 100 };

it('adds up what several know', () => {
  const a = aTally({ connected: 3, applied: 2, wedged: 1, relays: 1, keys: { x: 2, y: 1 } });
  const b = aTally({ connected: 2, applied: 2, silent: 1, relays: 2, waitingRelays: 1, keys: { y: 2 } });
  expect(mergeTallies([a, b], all)).toEqual(
    aTally({ connected: 5, applied: 4, wedged: 1, silent: 1, relays: 3, waitingRelays: 1, keys: { x: 2, y: 3 } }),
  );
  expect(mergeTallies([], all)).toEqual(EMPTY_TALLY);
});

it('lists by name up to where the first cut list would go on, so that no page leaves anybody out', () => {
  const a = aTally({ listed: listed('a', 'd', 'f'), hasMore: true });
  const b = aTally({ listed: listed('b', 'c', 'g', 'h') });
  const names = (limit: number) => {
    const merged = mergeTallies([a, b], { limit, most: 1 });
    return [merged.listed.map(({ instance }) => instance).join(''), merged.hasMore];
  };
  expect(names(10)).toEqual(['abcdf', true]);
  expect(names(2)).toEqual(['ab', true]);
});

it('says that there is no more when nobody had more', () => {
  const merged = mergeTallies([aTally({ listed: listed('b') }), aTally({ listed: listed('a') })], { limit: 2, most: 1 });
  expect(merged.listed.map(({ instance }) => instance)).toEqual(['a', 'b']);
  expect(merged.hasMore).toBe(false);
});

it('believes the one who heard of an absent instance last', () => {
  const a = aTally({ absent: [aReport('p', { state: 'polling', seenMs: 50_000, revision: 4 })] });
  const b = aTally({ absent: [aReport('p', { state: 'polling', seenMs: 10, revision: 5 }), aReport('q', { state: 'lost', seenMs: 90 })] });
  expect(mergeTallies([a, b], all).absent).toMatchObject([
    { instance: 'q', state: 'lost' },
    { instance: 'p', seenMs: 10, revision: 5 },
  ]);
  expect(mergeTallies([a, b], { limit: 1, most: 1 }).absent).toMatchObject([{ instance: 'q' }]);
});
