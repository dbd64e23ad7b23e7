import type { Flag, FlagType, Resolution, Segment } from './model.js';
import type { Served } from './split.js';

/** Whether something is true of a context; the segments it names are looked up in the set. */
export type Holds = (context: unknown, set: FlagSet) => boolean;

/** A condition made ready for evaluation. */
export interface Requirement {
  readonly holds: Holds;
  /** The segments it names. */
  readonly segments: readonly string[];
}

/** A rule made ready for evaluation. */
export interface PreparedRule extends Requirement {
  readonly served: Served;
}

/** A prerequisite made ready, with what is served when it does not hold. */
export interface PreparedPrerequisite {
  readonly flag: string;
  readonly variants: ReadonlySet<string>;
  readonly failed: Resolution;
}

/** A flag made ready for evaluation: everything that does not depend on the context is already decided. */
export interface PreparedFlag {
  readonly source: Flag;
  readonly type: FlagType;
  /** The answer, when it is the same for every context. */
  readonly fixed: Resolution | null;
  readonly prerequisites: readonly PreparedPrerequisite[];
  /** The rules of the source, in order; null for one with a shape or an operator this engine does not know. */
  readonly rules: readonly (PreparedRule | null)[];
  readonly otherwise: Served;
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
