import { expect, it } from 'vitest';
import { DAY, presetRules } from '../index.js';
import { poissonFrom, randomFrom, simulateDetection, simulateEpisodes } from './index.js';

const rules = (name: 'default' | 'google-30d', severity: 'page' | 'ticket') => ({
  target: 0.99,
  rules: presetRules(name, 30 * DAY).filter((rule) => rule.severity === severity),
});
const policies = [rules('google-30d', 'page'), rules('default', 'page'), rules('default', 'ticket')];

it('draws counts with the mean and the variance of chance', () => {
  for (const mean of [0.03, 2, 99.5]) {
    const next = poissonFrom(mean, randomFrom(7));
    const drawn = Array.from({ length: 20_000 }, next);
    const found = drawn.reduce((sum, count) => sum + count, 0) / drawn.length;
    const variance = drawn.reduce((sum, count) => sum + (count - found) ** 2, 0) / drawn.length;
    expect(Math.abs(found - mean)).toBeLessThan(4 * Math.sqrt(mean / drawn.length));
    expect(variance / mean).toBeGreaterThan(0.85);
    expect(variance / mean).toBeLessThan(1.15);
  }
});

it('a healthy service of six requests an hour pages less than once a month', () => {
  const [google, page, ticket] = simulateEpisodes({ requestsPerHour: 6, errorRatio: 0.005 }, policies, { runs: 40, days: 30, seed: 1 });
  expect(google?.mean).toBeLessThan(0.1);
  expect(page?.mean).toBeGreaterThan(0);
  expect(page?.mean).toBeLessThan(1);
  expect(ticket?.mean).toBeLessThan(1);
});

it('a healthy service of sixty or six hundred requests an hour does not page', () => {
  for (const requestsPerHour of [60, 600]) {
    const [google, page] = simulateEpisodes({ requestsPerHour, errorRatio: 0.005 }, policies, { runs: 15, days: 30, seed: 2 });
    expect([google?.mean, page?.mean]).toEqual([0, 0]);
  }
});

it('a service that fails more than it may keeps alerting', () => {
  const [, page] = simulateEpisodes({ requestsPerHour: 600, errorRatio: 0.1 }, policies, { runs: 1, days: 1, seed: 3 });
  expect(page?.mean).toBeGreaterThan(0);
});

it.each([
  [600, 0.1, 25],
  [600, 0.5, 5.8],
  [600, 1, 3.4],
  [60, 1, 7],
])('at %d requests an hour, %d errors are seen within %d minutes', (requestsPerHour, errorRatio, minutes) => {
  const before = { requestsPerHour, errorRatio: 0.005 };
  const { median } = simulateDetection({ before, errorRatio, policy: rules('default', 'page') }, { runs: 200, days: 1, seed: 4 });
  expect(median).toBeLessThanOrEqual(minutes);
});

it('an incident below the threshold is not seen within a day', () => {
  const before = { requestsPerHour: 6000, errorRatio: 0.005 };
  const policy = rules('google-30d', 'page');
  expect(simulateDetection({ before, errorRatio: 0.03, policy }, { runs: 3, days: 1, seed: 5 })).toEqual({ median: null, p90: null });
});

it('the same seed gives the same figures', () => {
  const once = () => simulateEpisodes({ requestsPerHour: 60, errorRatio: 0.03 }, policies, { runs: 2, days: 5, seed: 6 });
  expect(once()).toEqual(once());
});
