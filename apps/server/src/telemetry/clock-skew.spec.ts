import { expect, it } from 'vitest';
import { ClockSkew, placeSlot, slotOf } from './clock-skew.js';

const now = 1_800_000_004_321;
const slot = slotOf(now);
const day = 86_400_000;

it.each([
  ['leaves a clock that is right alone', slot, 0, { slot, isSkewed: false }],
  ['tolerates five seconds', slot - 10_000, -5_000, { slot: slot - 10_000, isSkewed: false }],
  ['tolerates no more', slot - 10_000, -5_001, { slot: slot - 20_000, isSkewed: false }],
  ['moves a clock that is a minute behind', slot - 60_000, 60_000, { slot, isSkewed: false }],
  ['moves a clock that is an hour ahead', slot + 3_600_000, -3_600_000, { slot, isSkewed: false }],
  ['aligns the moved slot', slot - 60_000, 65_000, { slot: slotOf(slot + 5_000), isSkewed: false }],
  ['uses the moment of receipt beyond a day', slot - day - 60_000, day + 1, { slot, isSkewed: true }],
  ['uses the moment of receipt for what lies ahead', now + 60_001, 0, { slot, isSkewed: true }],
  ['keeps what lies a minute ahead', now + 60_000, 0, { slot: slotOf(now + 60_000), isSkewed: false }],
])('%s', (_, t0, offset, placement) => {
  expect(placeSlot(t0, offset, now)).toEqual(placement);
});

it('a slot is ten seconds long', () => {
  expect([now, slot, slot + 9_999, slot + 10_000].map(slotOf)).toEqual([1_800_000_000_000, slot, slot, 1_800_000_010_000]);
});

it('takes the least delay of the last eight batches for the offset', () => {
  const skew = new ClockSkew();
  const offsets = [900, 120, 500, 700, 700, 700, 700, 700, 700, 650].map((delay) => skew.observe('a', 0, delay));
  expect(offsets).toEqual([900, 120, 120, 120, 120, 120, 120, 120, 120, 500]);
});

it('keeps instances apart', () => {
  const skew = new ClockSkew();
  skew.observe('a', 1_000, 1_010);
  expect(skew.observe('b', 1_000, 9_000)).toBe(8_000);
});

it('forgets the instance that was silent longest when there are too many', () => {
  const skew = new ClockSkew();
  skew.observe('first', 0, 1);
  for (let i = 0; i < 20_000; i++) skew.observe(`other ${i}`, 0, 5);
  expect(skew.observe('first', 0, 7)).toBe(7);
});
