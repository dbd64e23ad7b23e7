import { expect, it } from 'vitest';
import { type Counts, DAY, evaluateObjective, HOUR, MINUTE, NO_COUNTS, presetRules, type WindowCounts } from './index.js';

const terms = { target: 0.99, rules: presetRules('default', 30 * DAY) };
const counts = (bad: number, all: number): Counts => ({ bad, good: all - bad });
const measured = (all: Counts, excluded: Counts = NO_COUNTS): WindowCounts => ({ all, excluded });

interface Windows {
  readonly period?: WindowCounts;
  readonly m5?: WindowCounts;
  readonly m30?: WindowCounts;
  readonly h1?: WindowCounts;
  readonly h6?: WindowCounts;
}

function readings(windows: Windows) {
  const {
    period = measured(counts(1000, 432_000)),
    m5 = measured(counts(0, 50)),
    m30 = measured(counts(1, 300)),
    h1 = measured(counts(3, 600)),
    h6 = measured(counts(18, 3600)),
  } = windows;
  return {
    periodMs: 30 * DAY,
    period,
    windows: new Map([
      [6 * HOUR, h6],
      [5 * MINUTE, m5],
      [30 * MINUTE, m30],
      [HOUR, h1],
    ]),
  };
}

it('a healthy service is ok, with its burn rate in every window', () => {
  const found = evaluateObjective(terms, readings({}));
  expect(found).toMatchObject({ state: 'ok', firing: [], burn: 0.5 });
  expect(found.sli).toBeCloseTo(0.99769, 5);
  expect(found.budget.allowed).toBeCloseTo(4320, 6);
  expect(found.windows.map(({ windowMs, burn }) => [windowMs / MINUTE, Math.round(burn * 100) / 100])).toEqual([
    [5, 0],
    [30, 0.33],
    [60, 0.5],
    [360, 0.5],
  ]);
  expect((found.exhaustedInMs ?? 0) / DAY).toBeCloseTo((1 - 1000 / 4320) * 30 * 2, 6);
});

it('an outage burns and pages before it opens a ticket', () => {
  const found = evaluateObjective(
    terms,
    readings({
      m5: measured(counts(30, 50)),
      h1: measured(counts(33, 600)),
      m30: measured(counts(31, 300)),
      h6: measured(counts(48, 3600)),
    }),
  );
  expect(found).toMatchObject({ state: 'burning', firing: ['page'] });
  expect(found.tiers.map(({ fires, clear }) => [fires, clear])).toEqual([
    [true, false],
    [false, false],
  ]);
});

it('a spent budget is exhausted, also while nothing burns any more', () => {
  const found = evaluateObjective(terms, readings({ period: measured(counts(4320, 432_000)) }));
  expect(found).toMatchObject({ state: 'exhausted', exhaustedInMs: 0, firing: [] });
});

it('without data nothing is said, and certainly not 100 %', () => {
  const none = measured(NO_COUNTS);
  const found = evaluateObjective(terms, readings({ period: none, m5: none, m30: none, h1: none, h6: none }));
  expect(found).toMatchObject({
    state: 'no_data',
    sli: null,
    burn: 0,
    exhaustedInMs: null,
    firing: [],
    budget: { consumed: null, remaining: null },
  });
});

it('a service that fell silent has no data, although its month has', () => {
  const none = measured(NO_COUNTS);
  expect(evaluateObjective(terms, readings({ m5: none, m30: none, h1: none, h6: none })).state).toBe('no_data');
  expect(evaluateObjective(terms, readings({ m5: none, m30: none })).state).toBe('ok');
});

it('failures inside declared maintenance are shown both ways, excuse the alert and spare the budget', () => {
  const excluded = counts(5000, 5000);
  const found = evaluateObjective(
    terms,
    readings({
      period: measured(counts(5000, 437_000), excluded),
      m5: measured(counts(50, 50), counts(50, 50)),
      h1: measured(counts(300, 600), counts(300, 300)),
    }),
  );
  expect(found.tiers[0]).toMatchObject({ fires: true, excused: true });
  expect(found).toMatchObject({ state: 'ok', firing: [], burn: 0, budgetWithoutExcluded: { remaining: 1 } });
  expect(found.budget.remaining).toBeLessThan(0);
  expect(found.windows.find(({ windowMs }) => windowMs === HOUR)).toMatchObject({ burn: 50, burnWithoutExcluded: 0 });
});

it('maintenance excuses nothing that fails outside it', () => {
  const found = evaluateObjective(
    terms,
    readings({ m5: measured(counts(30, 50), counts(2, 2)), h1: measured(counts(60, 600), counts(20, 40)) }),
  );
  expect(found).toMatchObject({ state: 'burning', firing: ['page'] });
  expect(found.tiers[0]?.excused).toBe(false);
});

it('the same readings always give the same evaluation', () => {
  expect(evaluateObjective(terms, readings({}))).toEqual(evaluateObjective(terms, readings({})));
});
