import { expect, it } from 'vitest';
import { canaryDelta, metricsOf, STARTING_TARGETS, share } from './index.js';

const measured = {
  ok: 980,
  err: 20,
  slow500: 40,
  timed500: 500,
  p95Ms: 450,
  calls: 1000,
  retries: 150,
  openMs: 30_000,
  watchedMs: 600_000,
  invalid: 3,
  validated: 1500,
  used: 15,
  limit: 20,
  batchesReceived: 95,
  batchesDue: 100,
  instancesReporting: 9,
  instancesConnected: 10,
};

it('computes the ten metrics', () => {
  const { burnRate, coverage, ...exact } = metricsOf(measured, 0.99);
  expect(exact).toEqual({
    successRate: 0.98,
    p95Ms: 450,
    slowRate: 0.08,
    errorRate: 0.02,
    errorDelta: null,
    latencyDelta: null,
    retriesPerCall: 0.15,
    openRate: 0.05,
    invalidRate: 0.002,
    saturation: 0.75,
  });
  expect(burnRate).toBeCloseTo(2, 9);
  expect(coverage).toBeCloseTo(0.855, 9);
});

it('compares a canary with its concurrent baseline', () => {
  const baseline = { ...measured, ok: 990, err: 10, p95Ms: 300 };
  expect(metricsOf(measured, 0.99, baseline)).toMatchObject({ errorDelta: 1, latencyDelta: 0.5 });
  expect(canaryDelta(0.01, 0)).toBeNull();
  expect(canaryDelta(null, 0.01)).toBeNull();
});

it('what was not measured is null, never healthy and never zero', () => {
  const nothing = Object.values(metricsOf({ ok: 0, err: 0 }, 0.99, { ok: 0, err: 0 }));
  expect(nothing).toEqual(Array.from({ length: 12 }, () => null));
});

it('a silent instance and a lost batch both show in the coverage', () => {
  const coverage = (different: Partial<typeof measured>) =>
    metricsOf({ ...measured, batchesReceived: 100, instancesReporting: 10, ...different }, 0.99).coverage;
  expect([
    coverage({}),
    coverage({ instancesReporting: 5 }),
    coverage({ batchesReceived: 50 }),
    coverage({ instancesConnected: 0 }),
  ]).toEqual([1, 0.5, 0.5, null]);
  expect(coverage({ instancesReporting: 12 })).toBe(1);
});

it('starts from the targets of the design', () => {
  expect(STARTING_TARGETS).toEqual({
    successRate: 0.99,
    p95Ms: 500,
    slowRate: 0.05,
    errorRate: 0.01,
    burnTicket: 2,
    burnPage: 4,
    delta: 0.05,
    retriesPerCall: 0.2,
    saturation: 0.75,
    coverage: 0.9,
  });
});

it('a share below 5 % of slow outcomes is a p95 below 500 ms', () => {
  expect(STARTING_TARGETS.slowRate).toBeCloseTo(1 - 0.95, 9);
  expect(share(5, 0)).toBeNull();
});
