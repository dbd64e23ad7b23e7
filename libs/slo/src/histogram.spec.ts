import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bucketOf,
  countOf,
  downscale,
  exponentialBuckets,
  histogramFrom,
  mergeHistograms,
  quantile,
  quantileOf,
  sparseOf,
  upperBound,
} from './index.js';

const aHistogram = fc
  .uniqueArray(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 1_000_000 })), { selector: ([bucket]) => bucket })
  .map((entries) => new Map(entries));
const sorted = (histogram: ReadonlyMap<number, number>) => [...histogram].sort(([a], [b]) => a - b);

it.each([
  [0, 0],
  [1, 0],
  [1.0001, 0],
  [2, 15],
  [100, 106],
  [120, 110],
  [400, 138],
  [500, 143],
  [1000, 159],
  [65_536, 255],
  [1e9, 255],
  [Number.POSITIVE_INFINITY, 255],
  [-1, null],
  [Number.NaN, null],
])('%d ms belongs into bucket %j', (ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket);
});

it('the bucket of 500 ms ends at 512 ms, and powers of two end their bucket exactly', () => {
  expect(upperBound(143)).toBe(512);
  for (let power = 1; power <= 16; power++)
    expect([upperBound(16 * power - 1), bucketOf(2 ** power)]).toEqual([2 ** power, 16 * power - 1]);
});

it('a duration lies in its bucket', () => {
  fc.assert(
    fc.property(fc.double({ min: 1.001, max: 65_535, noNaN: true }), (ms) => {
      const bucket = bucketOf(ms) ?? Number.NaN;
      expect(ms).toBeLessThanOrEqual(upperBound(bucket) * (1 + 1e-12));
      expect(ms).toBeGreaterThan(upperBound(bucket - 1) * (1 - 1e-12));
    }),
  );
});

it('a quantile is off by 2.19 % at most', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1.05, max: 60_000, noNaN: true }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99),
      (durations, q) => {
        const histogram = mergeHistograms(durations.map((ms) => new Map([[bucketOf(ms) ?? 0, 1]])));
        const exact = [...durations].sort((a, b) => a - b)[Math.ceil(q * durations.length) - 1] ?? Number.NaN;
        expect(Math.abs((quantile(histogram, q) ?? Number.NaN) / exact - 1)).toBeLessThanOrEqual(2 ** (1 / 32) - 1 + 1e-9);
      },
    ),
  );
});

it('a quantile is in the bucket that sorting finds', () => {
  fc.assert(
    fc.property(aHistogram, fc.double({ min: 0, max: 1, noNaN: true }), (histogram, q) => {
      const rank = Math.max(1, Math.ceil(q * countOf(histogram)));
      let seen = 0;
      const found = sorted(histogram).find(([, count]) => {
        seen += count;
        return seen >= rank;
      });
      expect(quantile(histogram, q)).toBe(found === undefined ? null : 2 ** ((found[0] + 0.5) / 16));
    }),
  );
});

it('without counts there is no quantile', () => {
  expect(quantile(new Map(), 0.95)).toBeNull();
  expect(quantileOf(new Float64Array(3), 0.95)).toBeNull();
});

it('the wire form is read back, in order of buckets', () => {
  expect(
    sparseOf(
      new Map([
        [110, 2],
        [106, 7],
      ]),
    ),
  ).toEqual([107, 7, 4, 2]);
  fc.assert(
    fc.property(aHistogram, (histogram) => {
      expect(histogramFrom(sparseOf(histogram))).toEqual(new Map(sorted(histogram)));
    }),
  );
});

it.each([[[0, 1]], [[257, 1]], [[1, -1]], [[1]], [[1.5, 1]], [[200, 1, 57, 1]], [[1, 1, 0, 1]], [[Number.NaN, 1]]])(
  '%j is no histogram',
  (sparse) => {
    expect(histogramFrom(sparse)).toBeNull();
  },
);

it('merging commutes and loses nothing', () => {
  fc.assert(
    fc.property(aHistogram, aHistogram, (a, b) => {
      const sum = mergeHistograms([a, b]);
      expect(sorted(sum)).toEqual(sorted(mergeHistograms([b, a])));
      expect(countOf(sum)).toBe(countOf(a) + countOf(b));
    }),
  );
});

it('at half the resolution pairs of buckets become one', () => {
  expect(
    sorted(
      downscale(
        new Map([
          [0, 1],
          [1, 2],
          [2, 4],
          [255, 8],
        ]),
        1,
      ),
    ),
  ).toEqual([
    [0, 3],
    [1, 4],
    [127, 8],
  ]);
  fc.assert(
    fc.property(aHistogram, fc.nat(4), (histogram, steps) => {
      expect(countOf(downscale(histogram, steps))).toBe(countOf(histogram));
    }),
  );
});

it('is what OpenTelemetry calls an exponential histogram', () => {
  expect(
    exponentialBuckets(
      new Map([
        [106, 7],
        [109, 2],
      ]),
    ),
  ).toEqual({ scale: 4, offset: 106, bucketCounts: [7, 0, 0, 2] });
  expect(exponentialBuckets(new Map())).toEqual({ scale: 4, offset: 0, bucketCounts: [] });
});
