import { expect, it } from 'vitest';
import { DeltaRing } from './index.js';

const delta = (from: number) => ({ environment: 'e', from, to: from + 1, checksum: from, changes: [] });

it('leads from any revision it keeps to the newest', () => {
  const ring = new DeltaRing(10);
  for (const from of [1, 2, 3]) ring.push(delta(from));
  expect(ring.since(3)).toEqual(delta(3));
  expect(ring.since(1)).toEqual({ ...delta(1), to: 4, checksum: 3 });
  expect(ring.since(0)).toBeUndefined();
  expect(ring.since(4)).toBeUndefined();
});

it('merges once for everyone who asks between two deltas', () => {
  const ring = new DeltaRing(10);
  for (const from of [1, 2]) ring.push(delta(from));
  const merged = ring.since(1);
  expect(ring.since(1)).toBe(merged);
  ring.push(delta(3));
  expect(ring.since(1)).toMatchObject({ from: 1, to: 4 });
});

it('keeps at least its capacity and never twice as many', () => {
  const ring = new DeltaRing(4);
  for (let from = 0; from < 100; from++) ring.push(delta(from));
  expect(ring.since(96)).toBeDefined();
  expect(ring.since(92)).toBeUndefined();
});

it('knows the checksum at every revision from which it leads, and at the first only if it was told', () => {
  const ring = new DeltaRing(4);
  ring.push(delta(1), 77);
  ring.push(delta(2));
  ring.push(delta(3));
  expect([0, 1, 2, 3, 4].map((revision) => ring.checksumAt(revision))).toEqual([undefined, 77, 1, 2, undefined]);
  for (let from = 4; from < 100; from++) ring.push(delta(from));
  expect([95, 96, 97, 98, 99].map((revision) => ring.checksumAt(revision))).toEqual([94, 95, 96, 97, 98]);
  const kept = Array.from({ length: 100 }, (_, revision) => revision).filter((revision) => ring.since(revision) !== undefined);
  for (const revision of kept) expect(ring.checksumAt(revision)).toBe(revision - 1);
});

it('does not keep a delta for everyone who asks from somewhere else', () => {
  const ring = new DeltaRing(1_000);
  for (let from = 0; from < 1_000; from++) ring.push(delta(from));
  const first = ring.since(0);
  for (let from = 0; from < 10; from++) ring.since(from);
  expect(ring.since(0)).toBe(first);
  for (let from = 1; from < 1_000; from++) ring.since(from);
  expect(ring.since(0)).not.toBe(first);
});
