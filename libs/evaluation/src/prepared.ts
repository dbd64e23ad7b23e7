import type { Draw } from './hash.js';
import type { Flag, FlagType, Resolution, Segment } from './model.js';

/** Whether something is true of a context; the flags and segments it names are looked up in the set. */
export type Holds = (context: unknown, set: FlagSet) => boolean;

/** A condition made ready for evaluation. */
export interface Requirement {
  readonly holds: Holds;
  /** The segments it names. */
  readonly needs: readonly string[];
}

/** One of the variants of a split: for positions below `limit`, and not below that of the variant before. */
export interface Choice {
  readonly limit: number;
  readonly resolution: Resolution;
}

/**
 * One rung of the ladder that leads through a flag: who stops there, and what they are served. All rungs have one shape, with what is looked
 * at most first, so that it is few accesses to memory.
 */
export interface Rung extends Draw {
  /** The type of the flag and the flags whose answers it asks for, on its first rung. */
  type: FlagType | undefined;
  needs: readonly string[];
  /** Who stops there; null: everyone. */
  when: Holds | null;
  /** Where the others go on. */
  next: Rung | null;
  /** What those get who are not in the share. */
  readonly others: Resolution;
  /** What those get who are in, by position among the weights; empty where all get the same. */
  readonly choices: readonly Choice[];
  /** What everyone gets who is in, where that is the same for all. */
  readonly only: Resolution | undefined;
  source: Flag | undefined;
}

/** A flag made ready for evaluation, which is its first rung: everything that does not depend on the context is already decided. */
export interface PreparedFlag extends Rung {
  type: FlagType;
  source: Flag;
}

/** A segment made ready for evaluation. */
export interface PreparedSegment {
  readonly source: Segment;
  /** Null when it has a shape or an operator this engine does not know. */
  readonly when: Requirement | null;
}

/** The flags and segments of one environment at one revision. */
export interface FlagSet {
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  readonly segments: ReadonlyMap<string, PreparedSegment>;
}
