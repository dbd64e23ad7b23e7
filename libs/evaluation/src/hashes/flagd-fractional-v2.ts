import { type Hash, SHARE_TOTAL } from '../hash.js';
import { scale } from '../murmur3.js';
import { murmur3OfUnits } from './units.js';

/**
 * flagd's bucketing since `fractional` counts in 32 bits: the salt stands before the key without a separator, usually the flag's key; with
 * a total weight W a key gets the first variant whose cumulative weight exceeds `hash * W >> 32`. flagd has no share beside the weights;
 * ours takes another seed, so that it is independent of them.
 */
export const flagdFractionalV2: Hash = {
  name: 'flagd-fractional-v2',
  place(salt) {
    const position = (key: string, seed: number, total: number): number =>
      Math.floor(scale(murmur3OfUnits(salt + key, seed, 0xffff), total));
    return { share: (key) => position(key, 1, SHARE_TOTAL), choice: (key, total) => position(key, 0, total) };
  },
};
