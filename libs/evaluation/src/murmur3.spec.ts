import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, extend, murmur3, position, START } from './murmur3.js';

/** The textbook algorithm over a real UTF-8 buffer. */
function reference(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const rotate = (n: number, by: number) => (n << by) | (n >>> (32 - by));
  const scrambled = (k: number) => Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = seed | 0;
  const whole = bytes.length - (bytes.length % 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < whole; i += 4) h = (Math.imul(rotate(h ^ scrambled(view.getInt32(i, true)), 13), 5) + 0xe6546b64) | 0;
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | (bytes[i] ?? 0);
  h ^= scrambled(tail) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const anyText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string({ maxLength: 600 }));

describe('murmur3', () => {
  it.each([
    ['new-checkout:user-1', 2230340631, 51929],
    ['new-checkout:user-2', 992310789, 23104],
    ['new-checkout:', 4083007121, 95064],
    [':user-1', 3333254317, 77608],
    ['s1:Ünïcödé-ключ', 155092595, 3611],
    ['s1:日本語', 1326977933, 30896],
    ['s1:🙂', 3076176734, 71622],
    ['pricing-v2:00000000-0000-4000-8000-000000000001', 2148475530, 50023],
  ])('places %s at its published position', (text, hash, at) => {
    expect(murmur3(text)).toBe(hash);
    expect(position(text, 100_000)).toBe(at);
  });

  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('agrees with the published vector for %j with seed %d', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it('hashes a lone surrogate as U+FFFD', () => {
    expect(murmur3('a\ud800b')).toBe(murmur3('a\ufffdb'));
    expect(murmur3('\udc00')).toBe(murmur3('\ufffd'));
    expect(murmur3('abcd\ud83d')).toBe(murmur3('abcd\ufffd'));
  });

  it('agrees with the algorithm over a UTF-8 buffer for every text and seed', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, seed) => murmur3(text, seed) === reference(text, seed)),
      { numRuns: 2_000 },
    );
  });

  it('hashes a prefix and the rest as it hashes the two joined', () => {
    fc.assert(fc.property(anyText, anyText, (salt, key) => digest(extend(START, `${salt}:`), key) >>> 0 === murmur3(`${salt}:${key}`)));
  });

  it('always lands below the total', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 2 ** 21 }), (text, total) => {
        const at = position(text, total);
        return Number.isInteger(at) && at >= 0 && at < total && BigInt(at) === (BigInt(murmur3(text)) * BigInt(total)) >> 32n;
      }),
    );
  });
});
