import { bucketOf, histogramFrom, mergeHistograms, sparseOf } from '@ballast/slo';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as server from '../../apps/server/src/telemetry/histogram.js';
import * as sdk from '../../sdk/src/core/histogram.js';

const aHistogram = fc
  .uniqueArray(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 1000 })), { selector: ([bucket]) => bucket })
  .map((entries) => new Map(entries));

it('the SDK puts a duration into the bucket that objectives look for it in', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ min: 0, max: 100_000, noNaN: true }),
        fc.nat(16).map((power) => 2 ** power),
      ),
      (ms) => {
        expect(sdk.bucketOf(ms)).toBe(bucketOf(ms));
      },
    ),
  );
});

it('what the SDK writes is what the server and objectives read', () => {
  fc.assert(
    fc.property(aHistogram, (histogram) => {
      const withHoles: number[] = [];
      for (const [bucket, count] of histogram) withHoles[bucket] = count;
      const written = sdk.sparse(withHoles);
      expect(written).toEqual(sparseOf(histogram));
      expect(histogramFrom(written)).toEqual(server.fromSparse(written, Number.MAX_SAFE_INTEGER));
    }),
  );
});

it('the server merges as objectives do', () => {
  fc.assert(
    fc.property(aHistogram, aHistogram, (a, b) => {
      const merged = new Map(a);
      server.addHistogram(merged, b);
      expect(new Map([...mergeHistograms([a, b])].sort())).toEqual(new Map([...merged].sort()));
    }),
  );
});
