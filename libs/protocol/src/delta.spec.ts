import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aDelta, aFlag, aSegment, aSnapshot, aState, changed } from '../test/makers.js';
import { applyDelta, type Change, checksumOf, type Delta, entryHash, mergeDeltas, type Snapshot, snapshotOf, stateFrom } from './index.js';

const before = aSnapshot({ flags: [aFlag('checkout'), aFlag('search')], segments: [aSegment('staff')], revision: 7 });
const killed: Change = { kind: 'flag', key: 'checkout', value: aFlag('checkout', { state: 'killed', version: 8 }) };

it('hashes an entry as murmur3 over kind, key and JSON text', () => {
  expect(entryHash('flag', 'a', null)).toBe(0);
  expect(entryHash('segment', 'staff', aSegment('staff'))).toBe(2915497821);
});

it('sums to the same checksum in any order', () => {
  const reversed = aSnapshot({ flags: [aFlag('search'), aFlag('checkout')], segments: [aSegment('staff')] });
  expect(checksumOf(reversed)).toBe(before.checksum);
});

it('opens a snapshot and gives the same snapshot back', () => {
  expect(snapshotOf(aState(before))).toEqual(before);
});

it('refuses a snapshot whose checksum is not that of its content', () => {
  expect(stateFrom({ ...before, checksum: before.checksum + 1 })).toEqual({ problem: 'checksum differs' });
});

it('applies a delta in place and names what it changed', () => {
  const state = aState(before);
  expect(applyDelta(state, aDelta(before, [killed]))).toEqual({ outcome: 'applied', changed: ['flag:checkout'] });
  expect(snapshotOf(state)).toEqual(changed(before, [killed]));
});

it('moves the revision when nothing in view changed', () => {
  const state = aState(before);
  expect(applyDelta(state, aDelta(before, []))).toEqual({ outcome: 'applied', changed: [] });
  expect(state.revision).toBe(8);
});

it('removes entries, and does not mind those that are not there', () => {
  const state = aState(before);
  const gone: Change[] = ['checkout', 'never-was'].map((key) => ({ kind: 'flag', key, value: null }));
  expect(applyDelta(state, aDelta(before, gone)).outcome).toBe('applied');
  expect([...state.flags.keys()]).toEqual(['search']);
});

it('lets the last of several changes of one entry win', () => {
  const state = aState(before);
  const changes: Change[] = [{ kind: 'flag', key: 'new', value: aFlag('new') }, { kind: 'flag', key: 'new', value: null }, killed];
  expect(applyDelta(state, aDelta(before, changes)).outcome).toBe('applied');
  expect(snapshotOf(state)).toEqual(changed(before, [killed]));
});

it('keeps keys such as __proto__ like any other', () => {
  const state = aState(before);
  const change: Change = { kind: 'flag', key: '__proto__', value: aFlag('__proto__') };
  expect(applyDelta(state, aDelta(before, [change])).outcome).toBe('applied');
  expect(Object.keys(snapshotOf(state).flags)).toEqual(['checkout', 'search', '__proto__']);
  expect(state.flags.get('__proto__')?.source.key).toBe('__proto__');
});

describe('given a delta that does not fit', () => {
  const fitting = aDelta(before, [killed]);
  const cases: readonly [string, Delta, object][] = [
    ['a repeated one', { ...fitting, from: 6, to: 7 }, { outcome: 'ignored' }],
    ['an older one', { ...fitting, from: 3, to: 4 }, { outcome: 'ignored' }],
    ['one after a gap', { ...fitting, from: 8, to: 9 }, { outcome: 'resync', because: 'gap' }],
    ['one from before what is held', { ...fitting, from: 6, to: 8 }, { outcome: 'resync', because: 'gap' }],
    ['one with another checksum', { ...fitting, checksum: 1 }, { outcome: 'resync', because: 'checksum' }],
    ['one that lost a change', { ...fitting, changes: [] }, { outcome: 'resync', because: 'checksum' }],
    ['one of another environment', { ...fitting, environment: 'shop/staging' }, { outcome: 'resync', because: 'environment' }],
  ];

  it.each(cases)('leaves everything as it was: %s', (_, delta, outcome) => {
    const state = aState(before);
    expect(applyDelta(state, delta)).toEqual(outcome);
    expect(snapshotOf(state)).toEqual(before);
    expect(state.hashes).toEqual(aState(before).hashes);
  });
});

const key = fc.constantFrom('a', 'b', '__proto__', '10', 'flag:a', 'ключ');
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ key, version: fc.nat(), gone: fc.boolean() }).map(({ key, version, gone }): Change => {
    return { kind: 'flag', key, value: gone ? null : aFlag(key, { version }) };
  }),
  fc.record({ key, included: fc.array(fc.string()), gone: fc.boolean() }).map(({ key, included, gone }): Change => {
    return { kind: 'segment', key, value: gone ? null : aSegment(key, { included }) };
  }),
);

/** Every snapshot of a log of changes, and the delta to each but the first. */
function aLog(revisions: readonly (readonly Change[])[]): { deltas: Delta[]; last: Snapshot } {
  const deltas: Delta[] = [];
  let last = aSnapshot({ revision: 0 });
  for (const changes of revisions) {
    deltas.push(aDelta(last, changes));
    last = changed(last, changes);
  }
  return { deltas, last };
}

it('any cut of a log folds to the same snapshot', () => {
  const log = fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(log, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (revisions, cuts) => {
      const { deltas, last } = aLog(revisions);
      const state = aState(aSnapshot({ revision: 0 }));
      for (let at = 0; at < deltas.length; ) {
        const size = Number(cuts.next().value);
        const merged = mergeDeltas(deltas.slice(at, at + size));
        if (merged) expect(applyDelta(state, merged).outcome).toBe('applied');
        at += size;
      }
      expect(snapshotOf(state)).toEqual(last);
    }),
  );
});

it('a log with repeated and late deltas folds to the same snapshot', () => {
  const log = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(log, fc.array(fc.nat()), (revisions, again) => {
      const { deltas, last } = aLog(revisions);
      const state = aState(aSnapshot({ revision: 0 }));
      deltas.forEach((delta, i) => {
        applyDelta(state, delta);
        for (const n of again) applyDelta(state, deltas[n % (i + 1)] ?? delta);
      });
      expect(snapshotOf(state)).toEqual(last);
    }),
  );
});
