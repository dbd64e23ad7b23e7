import { expect, it } from 'vitest';
import { SystemClock } from './clock.js';

function aheadOfMachine(clock: SystemClock): number {
  return Math.round((clock.now() - clock.machine()) / 100) * 100;
}

it('goes by the machine while that is about right', () => {
  const clock = new SystemClock();
  expect(clock.follow(999)).toBe(false);
  expect(aheadOfMachine(clock)).toBe(0);
});

it('goes by the other clock when the machine is off, either way, and back when the machine is put right', () => {
  const clock = new SystemClock();
  expect(clock.follow(-3_600_000)).toBe(true);
  expect(aheadOfMachine(clock)).toBe(-3_600_000);
  expect(clock.follow(-3_600_400)).toBe(false);
  expect(clock.follow(5_000)).toBe(true);
  expect(aheadOfMachine(clock)).toBe(5_000);
  expect(clock.follow(-20)).toBe(true);
  expect(aheadOfMachine(clock)).toBe(0);
});
