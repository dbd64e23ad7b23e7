import { expect, it } from 'vitest';
import { stepFor, toExposures } from './exposures.js';
import type { BucketRow, SeriesRow } from './telemetry.view.js';

const on: SeriesRow = {
  version: 3n,
  variant: 'on',
  reason: 'SPLIT',
  stage: '',
  exposures: 10n,
  exposuresFirst: 7n,
  ok: 6n,
  err: 2n,
  errFirst: 1n,
};
const byDefault: SeriesRow = { ...on, variant: '', reason: 'DEFAULT', exposures: 4n, exposuresFirst: 0n, ok: 0n, err: 0n, errFirst: 0n };
const bucket: BucketRow = { version: 3n, variant: 'on', reason: 'SPLIT', stage: '', i: 15, n: 8n };

it.each([
  [0, 60_000, 10],
  [0, 1, 10],
  [0, 3_600_000, 10],
  [0, 3_600_001, 20],
  [0, 48 * 3_600_000, 480],
])('shows the range from %d to %d in steps of %d seconds', (from, to, step) => {
  expect(stepFor(from, to)).toBe(step);
});

it('sums up variants and series with the latency of their own buckets', () => {
  const answer = toExposures({
    variants: [byDefault, on],
    series: [on, byDefault],
    slots: [{ ...on, at: new Date(0) }],
    buckets: [bucket],
  });
  const latency = { p50: 2 ** (15.5 / 16), p95: 2 ** (15.5 / 16), p99: 2 ** (15.5 / 16) };
  const counts = { exposures: 10, exposuresFirst: 7, ok: 6, err: 2, errFirst: 1 };
  const none = { exposures: 4, exposuresFirst: 0, ok: 0, err: 0, errFirst: 0, errorRate: null, latency: null };
  expect(answer).toEqual({
    totals: { exposures: 14, exposuresFirst: 7, ok: 6, err: 2, errFirst: 1, errorRate: 0.25, latency },
    variants: [
      { variant: null, ...none },
      { variant: 'on', ...counts, errorRate: 0.25, latency },
    ],
    series: [
      { version: 3, variant: 'on', reason: 'SPLIT', stage: null, ...counts, errorRate: 0.25, latency },
      { version: 3, variant: null, reason: 'DEFAULT', stage: null, ...none },
    ],
    isComplete: true,
    slots: [{ at: '1970-01-01T00:00:00.000Z', variant: 'on', ...counts }],
  });
});

it('says when there are more series than an answer holds', () => {
  const series = Array.from({ length: 1_001 }, (_, i) => ({ ...on, version: BigInt(i) }));
  const answer = toExposures({ variants: [on], series, slots: [], buckets: [] });
  expect([answer.series.length, answer.isComplete]).toEqual([1_000, false]);
});
