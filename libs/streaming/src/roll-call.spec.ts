import { expect, it } from 'vitest';
import { markOf, type Standing, unpackRoll } from './roll.js';
import { mergeRolls, NOBODY, rollCall } from './roll-call.js';

const line = (instance: string, standing: Standing, ageMs = 0) => ({ mark: markOf({ instance, keyId: 'key' }), standing, ageMs });

it('counts those it has no room for, and keeps those who are missed', () => {
  const roll = [
    line('p', 'polling'),
    line('c', 'connected'),
    line('l', 'late'),
    line('q', 'polling'),
    line('g', 'gone'),
    line('m', 'lost'),
  ];
  const call = rollCall(roll, { ...NOBODY, away: 2 }, 2);
  expect(unpackRoll(call.roll).map(({ standing }) => standing)).toEqual(['lost', 'late']);
  expect(call.beyond).toEqual({ polling: 2, late: 0, lost: 0, away: 2 });
});

it('believes the last word about who has no stream, and keeps who came lately beside it', () => {
  const merged = mergeRolls([[line('a', 'lost', 90), line('b', 'polling', 5)], [line('a', 'gone', 80), line('b', 'connected', 9)], []]);
  expect(merged).toEqual([line('a', 'gone', 80), line('b', 'polling', 5), line('b', 'connected', 9)]);
});
