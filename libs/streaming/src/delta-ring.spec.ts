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
