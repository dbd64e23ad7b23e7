import type { Hash } from '../hash.js';
import { murmur3OfUnits } from './units.js';

/** What Unleash seeds the hash for variants with. */
const VARIANT_SEED = 86_028_157;

/** Positions are whole percents here; three decimals of a percent make a share. */
const PERCENTS = 100;
const THOUSANDTHS = 1_000;

/**
 * Unleash's bucketing: the salt is the groupId. A key is in a rollout if `hash % 100 + 1` is at most the percentage, so only whole percents
 * count; with a total weight W it gets the first variant whose cumulative weight is at least `hash % W + 1`.
 */
export const unleashMurmur3: Hash = {
  name: 'unleash-murmur3',
  place(salt) {
    const hash = (key: string, seed: number): number => murmur3OfUnits(`${salt}:${key}`, seed, 0xff);
    return {
      share: (key) => ((hash(key, 0) % PERCENTS) + 1) * THOUSANDTHS - 1,
      choice: (key, total) => hash(key, VARIANT_SEED) % total,
    };
  },
};
