import { absorb, finish, scale, seeded } from './murmur3.js';

/** Where a hash puts the keys of one salt. */
export interface Placement {
  /** Position among 100 000 that decides whether a key is in a share. */
  share(key: string): number;
  /** Position among the weights of a split, 0 ≤ position < total. */
  choice(key: string, total: number): number;
}

type Place = (salt: string) => Placement;

/** A bucketing algorithm: where it puts the keys of a salt. */
export interface Hash {
  readonly name: string;
  readonly place: Place;
}

/** Positions of the share: 100 000 is everyone. */
export const SHARE_TOTAL = 100_000;

/** Two hashes, so that a growing share never changes the variant of who is in already. */
function native(salt: string): Placement {
  const shares = absorb(seeded(0), `${salt}:`);
  const choices = absorb(shares, 'v:');
  return {
    share: (key) => scale(finish(absorb(shares, key)), SHARE_TOTAL),
    choice: (key, total) => scale(finish(absorb(choices, key)), total),
  };
}

const places = new Map<unknown, Place>([['native', native]]);

/**
 * Teaches the engine a bucketing algorithm, for what is prepared from then on. Until then a flag that names it fails closed, like anything
 * an engine does not know.
 */
export function registerHash({ name, place }: Hash): void {
  places.set(name, place);
}

/** Where the hash of that name puts the keys of a salt; undefined for a hash this engine does not know. */
export function placement(hash: unknown, salt: string): Placement | undefined {
  return places.get(hash)?.(salt);
}
