import { expect, it } from 'vitest';
import {
  budgetRatio,
  burnRate,
  DAY,
  errorBudget,
  errorRatio,
  HOUR,
  minus,
  NO_COUNTS,
  plus,
  sli,
  timeToExhaustion,
  total,
} from './index.js';

it('an interval in which nothing happened has no indicator, burns nothing and is never 100 %', () => {
  expect([total(NO_COUNTS), sli(NO_COUNTS), errorRatio(NO_COUNTS), burnRate(NO_COUNTS, 0.01)]).toEqual([0, null, null, 0]);
  expect(errorBudget(NO_COUNTS, 0.99)).toEqual({ allowed: 0, consumed: null, remaining: null });
});

it('the indicator is the good share of all', () => {
  expect(sli({ good: 995, bad: 5 })).toBe(0.995);
  expect(errorRatio({ good: 995, bad: 5 })).toBe(0.005);
});

it('parts of an interval add up, and what is taken away is never more than there is', () => {
  expect(plus({ good: 1, bad: 2 }, { good: 10, bad: 20 })).toEqual({ good: 11, bad: 22 });
  expect(minus({ good: 11, bad: 22 }, { good: 10, bad: 30 })).toEqual({ good: 1, bad: 0 });
});

it('a budget ratio carries no noise of binary fractions', () => {
  expect([0.9, 0.95, 0.99, 0.999, 0.9999].map(budgetRatio)).toEqual([0.1, 0.05, 0.01, 0.001, 0.0001]);
});

it('one failure of ten an hour at 99.9 % burns a hundred times too fast and spends 13.9 % of the month', () => {
  expect(burnRate({ good: 9, bad: 1 }, budgetRatio(0.999))).toBeCloseTo(100, 9);
  const month = errorBudget({ good: 7199, bad: 1 }, 0.999);
  expect(month.allowed).toBeCloseTo(7.2, 9);
  expect(month.consumed).toBeCloseTo(0.1389, 4);
});

it('a spent budget goes below zero', () => {
  const { consumed, remaining } = errorBudget({ good: 970, bad: 30 }, 0.99);
  expect(consumed).toBeCloseTo(3, 9);
  expect(remaining).toBeCloseTo(-2, 9);
});

it.each([
  [14.4, 2.083],
  [6, 5],
  [4, 7.5],
  [2, 15],
])('at burn rate %d the budget of 30 days lasts %d days', (burn, days) => {
  expect((timeToExhaustion(1, 30 * DAY, burn) ?? Number.NaN) / DAY).toBeCloseTo(days, 3);
});

it('a spent budget is exhausted now, one that does not burn never', () => {
  expect(timeToExhaustion(-0.5, 30 * DAY, 4)).toBe(0);
  expect(timeToExhaustion(0, 30 * DAY, 0)).toBe(0);
  expect(timeToExhaustion(0.5, 30 * DAY, 0)).toBeNull();
  expect(timeToExhaustion(0.5, 2 * HOUR, 1)).toBe(HOUR);
});
