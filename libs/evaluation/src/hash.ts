import { mustBe, type Path } from './attributes.js';
import { digest, extend, type HashState, START, scale } from './murmur3.js';

/** Where a hash puts keys. */
export interface Placement {
  /** Position among 100 000 that decides whether a key is in a share. */
  share(key: string): number;
  /** Position among the weights of a split, 0 ≤ position < total. */
  choice(key: string, total: number): number;
}

/** A bucketing algorithm: where it puts the keys of one salt. */
export interface Hash {
  /** What splits call it in their field `hash`. */
  readonly name: string;
  /** Called once for each split, when it arrives; what can be made ready of the salt is made ready here. */
  place(salt: string): Placement;
}

/** Positions of the share: 100 000 is everyone. */
export const SHARE_TOTAL = 100_000;

/** A salt made ready: where another hash puts its keys, or else the state of ours after it. */
export interface Salted extends HashState {
  readonly placement: Placement | undefined;
}

/** A share of all contexts, made ready: who has a key in it is in. */
export interface Draw extends Salted {
  readonly path: Path;
  readonly share: number;
}

const hashes = new Map<unknown, Hash>();

/**
 * Teaches the engine a bucketing algorithm, for what is prepared from then on. Until then a flag that names it fails closed, like anything
 * an engine does not know.
 */
export function registerHash(hash: Hash): void {
  hashes.set(hash.name, hash);
}

/** Makes a salt ready for the hash of that name; throws for a hash this engine does not know. */
export function prepareSalt(name: unknown, salt: string): Salted {
  const placement = hashes.get(name)?.place(salt);
  mustBe(placement || name === 'native');
  return { ...extend(START, `${salt}:`), placement };
}

/** Where a key is among 100 000, not rounded down: below the share, it is in. */
export function sharePosition(salted: Salted, key: string): number {
  return salted.placement ? salted.placement.share(key) : scale(digest(salted, key), SHARE_TOTAL);
}

/** Whether a key is in a share. Asked instead of its position where many ask, since a fraction that is handed on is an object in memory. */
export function isInShare(draw: Draw, key: string): boolean {
  return (draw.placement ? draw.placement.share(key) : scale(digest(draw, key), SHARE_TOTAL)) < draw.share;
}

/** Where a key is among the weights of a split: another hash, so that a growing share never changes the variant of who is in already. */
export function choicePosition(salted: Salted, key: string, total: number): number {
  return salted.placement ? salted.placement.choice(key, total) : scale(digest(extend(salted, 'v:'), key), total);
}
