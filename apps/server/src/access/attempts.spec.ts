import { expect, it } from 'vitest';
import { Attempts } from './attempts.js';

const HERE = '192.0.2.1';

it('gives as many attempts as there are, and new ones with time', () => {
  const attempts = new Attempts({ size: 2, perSecond: 1 / 3 });
  expect([attempts.take(HERE, 0), attempts.take(HERE, 0), attempts.take(HERE, 0), attempts.take(HERE, 1_500)]).toEqual([0, 0, 3, 2]);
  expect([attempts.take(HERE, 3_000), attempts.take(HERE, 3_000)]).toEqual([0, 3]);
});

it('takes one back, but never holds more than there are', () => {
  const attempts = new Attempts({ size: 1, perSecond: 1 });
  attempts.giveBack(HERE, 0);
  expect([attempts.take(HERE, 0), attempts.take(HERE, 0)]).toEqual([0, 1]);
  attempts.giveBack(HERE, 0);
  expect(attempts.take(HERE, 0)).toBe(0);
});

it('forgets who tried longest ago, so that its memory has a bound', () => {
  const attempts = new Attempts({ size: 1, perSecond: 1 / 3_600 });
  for (let at = 0; at <= 10_000; at += 1) attempts.take(`address ${at}`, at);
  expect([attempts.take('address 10000', 10_001) > 0, attempts.take('address 0', 10_001)]).toEqual([true, 0]);
});
