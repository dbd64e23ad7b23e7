import { finish, mix } from '../murmur3.js';

/**
 * MurmurHash3 x86 32-bit as JavaScript libraries that do not encode text compute it: one UTF-16 unit where a byte belongs, so that ASCII is
 * hashed as anywhere else. `mask` is what the library keeps of a unit: 0xff its low byte, 0xffff all of it, whose high byte then runs into
 * the next byte of the block.
 */
export function murmur3OfUnits(text: string, seed: number, mask: number): number {
  const unit = (i: number): number => text.charCodeAt(i) & mask;
  const whole = text.length & ~3;
  let hash = seed;
  for (let i = 0; i < whole; i += 4) {
    const last = unit(i + 3);
    hash = mix(hash, unit(i) ^ (unit(i + 1) << 8) ^ (unit(i + 2) << 16) ^ (last << 24) ^ (last >> 8));
  }
  let pending = 0;
  for (let i = whole; i < text.length; i++) pending ^= unit(i) << ((i & 3) * 8);
  // A tail whose highest bit is set is left out: only whole units can set it, and their library tests for "greater than zero".
  return finish(hash, Math.max(pending, 0), text.length) >>> 0;
}
