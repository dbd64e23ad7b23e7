import { expect, it } from 'vitest';
import { type HeardTraffic, MINUTE, telemetryGap, usualOf } from './index.js';

const silence: HeardTraffic = { spanMs: 10 * MINUTE, seen: 0, evaluated: 0, due: 100 };
const told = (different: Partial<HeardTraffic>, reporting: number, silent: number, isComplete = true) => {
  const { verdict, loss } = telemetryGap({ ...silence, ...different }, { reporting, silent, isComplete });
  return loss === null ? verdict : `${verdict}: ${loss}`;
};

it('programs that are there and say nothing are a gap', () => {
  expect([told({}, 0, 3), told({}, 2, 1), told({}, 8, 1), told({}, 9, 1)]).toEqual([
    'gap: senders',
    'gap: senders',
    'gap: senders',
    'heard',
  ]);
});

it('evaluations without outcomes are a gap, whoever reports', () => {
  expect([told({ evaluated: 7 }, 3, 0), told({ evaluated: 6 }, 3, 0)]).toEqual(['gap: outcomes', 'heard']);
});

it('neither a flag that left the code, nor programs that were taken away, are a gap', () => {
  expect([told({}, 3, 0), told({}, 0, 0)]).toEqual(['heard', 'heard']);
});

it('while not everybody who is there is known, silence is not said to have a reason', () => {
  expect([told({}, 3, 0, false), told({}, 0, 0, false), told({}, 0, 3, false)]).toEqual(['unknown', 'unknown', 'gap: senders']);
  expect([told({ seen: 49 }, 4, 0, false), told({ seen: 49 }, 2, 2, false), told({ seen: 50 }, 0, 0, false)]).toEqual([
    'unknown',
    'gap: part',
    'heard',
  ]);
  expect([told({ evaluated: 7 }, 0, 0, false), told({ due: 6 }, 0, 0, false)]).toEqual(['gap: outcomes', 'unknown']);
});

it('silence that is usual, or too short to mean anything, says nothing', () => {
  expect([told({ due: null }, 0, 3), told({ due: 0 }, 0, 3), told({ due: 6.9 }, 0, 3), told({ due: 7 }, 0, 3)]).toEqual([
    'unknown',
    'unknown',
    'unknown',
    'gap: senders',
  ]);
});

it('less than half of what is usual is a gap where programs are silent, and nowhere else', () => {
  expect([told({ seen: 49 }, 2, 2), told({ seen: 50 }, 2, 2), told({ seen: 49 }, 4, 0), told({ seen: 14, due: 29 }, 2, 2)]).toEqual([
    'gap: part',
    'heard',
    'heard',
    'heard',
  ]);
});

it('what is usual is the lower middle of days: neither one odd day nor a weekend decides', () => {
  expect(usualOf([])).toBeNull();
  expect(usualOf([80])).toBe(80);
  expect(usualOf([0, 80])).toBe(0);
  // A Monday after a Sunday without traffic, and a Saturday like those before.
  expect([usualOf([0, 90, 80]), usualOf([100, 0, 0])]).toEqual([80, 0]);
});
