import { mergeHistograms, quantile } from '@ballast/slo';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentilesOf } from './packed-latencies.js';

/** What PostgreSQL sends for an array of numbers of 8 bytes: `encode(array_send(…), 'base64')` breaks lines after 76 characters. */
function packed(histogram: ReadonlyMap<number, number>): string {
  const numbers = [...histogram].map(([bucket, count]) => (BigInt(bucket) << 40n) | BigInt(count));
  const shape = numbers.length === 0 ? [0, 0, 20] : [1, 0, 20, numbers.length, 1];
  const bytes = Buffer.alloc(shape.length * 4 + numbers.length * 12);
  for (const [i, each] of shape.entries()) bytes.writeInt32BE(each, i * 4);
  for (const [i, each] of numbers.entries()) bytes.writeBigInt64BE(each, bytes.writeInt32BE(8, shape.length * 4 + i * 12));
  return bytes.toString('base64').replace(/.{76}/g, '$&\n');
}

const aRow = fc.record({
  name: fc.constantFrom('on', 'off', ''),
  step: fc.nat(3),
  histogram: fc
    .uniqueArray(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 2 ** 40 - 1 })), { selector: ([bucket]) => bucket, maxLength: 256 })
    .map((entries) => new Map(entries)),
});

it('adds up the histograms of each group, of each name and of everything', () => {
  fc.assert(
    fc.property(fc.array(aRow, { maxLength: 30 }), (rows) => {
      const found = percentilesOf(rows.map(({ histogram, ...group }) => ({ ...group, packed: packed(histogram) })));
      const p95 = (of: typeof rows) => quantile(mergeHistograms(of.map(({ histogram }) => histogram)), 0.95);
      expect(found.all).toBe(p95(rows));
      for (const name of ['on', 'off', '']) {
        const named = rows.filter((row) => row.name === name);
        expect(found.ofName(name)).toBe(p95(named));
        for (const step of [0, 1, 2, 3]) expect(found.of({ name, step })).toBe(p95(named.filter((row) => row.step === step)));
      }
    }),
  );
});

it('reads what PostgreSQL writes', () => {
  const text = 'AAAAAQAAAAAAAAAUAAAAAQAAAAEAAAAIAABqAAAAAAc=';
  expect(packed(new Map([[106, 7]]))).toBe(text);
  expect(percentilesOf([{ name: 'on', step: 0, packed: text }]).all).toBe(2 ** (106.5 / 16));
});
