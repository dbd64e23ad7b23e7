import { expect, it } from 'vitest';
import {
  absenceHoldMs,
  type BurnRule,
  budgetRatio,
  checkRules,
  DAY,
  detectionMs,
  errorThreshold,
  factorFor,
  HOUR,
  MINUTE,
  PRESETS,
  presetRules,
  resetMs,
  ruleText,
  spentAtDetection,
} from './index.js';

const tiers = (name: (typeof PRESETS)[number], periodMs = 30 * DAY) => presetRules(name, periodMs).map((rule) => ruleText(rule));
const aRule = (rule: Partial<BurnRule>): BurnRule => ({
  severity: 'page',
  longMs: HOUR,
  shortMs: 5 * MINUTE,
  factor: 4,
  forMs: 0,
  ...rule,
});

it('the presets are those of the design', () => {
  expect(tiers('default')).toEqual(['page 4x on 1h/5m', 'ticket 2x on 6h/30m']);
  expect(tiers('google-30d')).toEqual(['page 14.4x on 1h/5m', 'page 6x on 6h/30m', 'ticket 3x on 1d/2h', 'ticket 1x on 3d/6h']);
  expect(tiers('sloth-28d')).toEqual(['page 13.44x on 1h/5m', 'page 5.6x on 6h/30m', 'ticket 2.8x on 1d/2h', 'ticket 0.9333x on 3d/6h']);
  expect(tiers('pyrra', 28 * DAY)).toEqual(['page 14x on 1h/5m', 'page 7x on 6h/30m', 'ticket 2x on 1d/2h', 'ticket 1x on 4d/6h']);
  expect(presetRules('pyrra', 28 * DAY).map(({ forMs }) => forMs / MINUTE)).toEqual([2, 15, 60, 180]);
  for (const name of PRESETS) if (name !== 'pyrra') expect(presetRules(name, 30 * DAY).every(({ forMs }) => forMs === 0)).toBe(true);
  expect(tiers('rollout-guard')).toEqual(['page 4x on 10m/2m']);
});

it('the windows of pyrra are fractions of the period', () => {
  expect(tiers('pyrra', 14 * DAY)).toEqual(['page 14x on 30m/3m', 'page 7x on 3h/15m', 'ticket 2x on 12h/1h', 'ticket 1x on 2d/3h']);
});

// SLO, tier, error threshold, then minutes: detection at 100, 50, 10 and 5 %, reset at 100 %.
it.each([
  [0.999, 'google-30d', 0, 0.0144, 0.864, 1.728, 8.64, 17.28, 4.93],
  [0.999, 'google-30d', 1, 0.006, 2.16, 4.32, 21.6, 43.2, 29.82],
  [0.999, 'google-30d', 2, 0.003, 4.32, 8.64, 43.2, 86.4, 119.64],
  [0.999, 'google-30d', 3, 0.001, 4.32, 8.64, 43.2, 86.4, 359.64],
  [0.99, 'google-30d', 0, 0.144, 8.64, 17.28, null, null, 4.28],
  [0.99, 'google-30d', 1, 0.06, 21.6, 43.2, 216, null, 28.2],
  [0.99, 'google-30d', 2, 0.03, 43.2, 86.4, 432, 864, 116.4],
  [0.99, 'default', 0, 0.04, 2.4, 4.8, 24, 48, 4.8],
  [0.99, 'default', 1, 0.02, 7.2, 14.4, 72, 144, 29.4],
] as const)('at %d, tier of %s number %d sees and forgets errors as computed', (...row) => {
  const [slo, preset, tier, threshold, at100, at50, at10, at5, reset] = row;
  const rule = presetRules(preset, 30 * DAY)[tier] ?? aRule({});
  const budget = budgetRatio(slo);
  expect(errorThreshold(rule, budget)).toBeCloseTo(threshold, 9);
  const expected = [at100, at50, at10, at5];
  [1, 0.5, 0.1, 0.05].forEach((ratio, i) => {
    const minutes = expected[i] ?? null;
    const found = detectionMs(rule, budget, ratio);
    if (minutes === null) expect(found).toBeNull();
    else expect((found ?? 0) / MINUTE).toBeCloseTo(minutes, 6);
  });
  expect(Math.round((resetMs(rule, budget, 1) / MINUTE) * 100) / 100).toBe(reset);
});

it('an error ratio at the threshold is never seen', () => {
  expect(detectionMs(aRule({}), 0.01, 0.04)).toBeNull();
  expect(resetMs(aRule({}), 0.01, 0.04)).toBe(0);
});

it('a tier spends its share of the budget before it fires', () => {
  const spent = (name: (typeof PRESETS)[number], days: number) =>
    presetRules(name, days * DAY).map((rule) => spentAtDetection(rule, days * DAY));
  expect(spent('google-30d', 30).map((share) => Math.round(share * 1e4) / 1e4)).toEqual([0.02, 0.05, 0.1, 0.1]);
  expect(spent('sloth-28d', 28).map((share) => Math.round(share * 1e4) / 1e4)).toEqual([0.02, 0.05, 0.1, 0.1]);
  expect(spent('default', 30).map((share) => Math.round(share * 1e4) / 1e4)).toEqual([0.0056, 0.0167]);
  expect(factorFor(0.02, 30 * DAY, HOUR)).toBeCloseTo(14.4, 9);
});

it('every preset passes its own checks at 99 %, with a warning where only outages are seen', () => {
  const warnings = PRESETS.map((name) => checkRules(presetRules(name, 30 * DAY), 0.01).map(({ message }) => message));
  expect(warnings).toEqual([
    [],
    ['page 14.4x on 1h/5m sees nothing below 14.4 % errors'],
    ['page 13.44x on 1h/5m sees nothing below 13.44 % errors'],
    ['page 14x on 64m/5m sees nothing below 14 % errors'],
    [],
  ]);
});

it('a tier that can never fire is refused by name: 14.4x at 93.05 %, not at 93.06 %', () => {
  const rules = presetRules('google-30d', 30 * DAY);
  expect(checkRules(rules, budgetRatio(0.9305)).filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', path: 'rules[0]', message: 'page 14.4x on 1h/5m can never fire: it needs more than 100.08 % errors' },
  ]);
  expect(checkRules(rules, budgetRatio(0.9306)).filter(({ level }) => level === 'error')).toEqual([]);
  expect(checkRules([aRule({ factor: 100 })], budgetRatio(0.99))).toMatchObject([{ level: 'error' }]);
});

it.each([
  [{ shortMs: HOUR }, 'the short window must be shorter than the long one'],
  [{ shortMs: 0 }, 'the short window must be at least a minute'],
  [{ shortMs: 1000 }, 'windows are whole minutes'],
  [{ forMs: -MINUTE }, 'windows are whole minutes'],
  [{ longMs: 40 * DAY }, 'the long window must not exceed 31d'],
  [{ factor: 0 }, 'the factor must be a number above 0'],
  [{ factor: Number.NaN }, 'the factor must be a number above 0'],
])('a rule with %j is refused', (part, message) => {
  expect(checkRules([aRule({}), aRule(part)], 0.01)).toEqual([{ level: 'error', path: 'rules[1]', message }]);
});

it('silence is an alert after the most urgent tier would have seen an outage', () => {
  expect(absenceHoldMs(presetRules('pyrra', 28 * DAY), 0.01)).toBe(10 * MINUTE);
  expect(absenceHoldMs(presetRules('default', 30 * DAY), 0.01)).toBe(2 * MINUTE);
  expect(absenceHoldMs(presetRules('default', 30 * DAY), 0.0001)).toBe(MINUTE);
  expect(absenceHoldMs([], 0.01)).toBeNull();
});
