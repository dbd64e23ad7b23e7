import type { Path } from './attributes.js';
import type { Flag, Resolution, Segment } from './model.js';
import type { HashPrefix } from './murmur3.js';
import type { Test } from './operators.js';

/** A condition made ready for evaluation. */
export type PreparedCondition =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly PreparedCondition[] }
  | { readonly kind: 'not'; readonly part: PreparedCondition }
  | { readonly kind: 'segment'; readonly key: string }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'test'; readonly path: Path; readonly op: string; readonly test: Test };

/** A condition together with the segments it names. */
export interface Requirement {
  readonly when: PreparedCondition;
  readonly segments: readonly string[];
}

/** A split made ready for evaluation, with one resolution per variant. */
export interface PreparedSplit {
  readonly by: Path;
  readonly share: number;
  readonly sharePrefix: HashPrefix;
  readonly variantPrefix: HashPrefix;
  /** Sum of the weights. */
  readonly total: number;
  readonly choices: readonly { readonly below: number; readonly resolution: Resolution }[];
  readonly rest: Resolution;
  /** Served when there is nothing to bucket by. */
  readonly missing: Resolution;
}

/** What a rule or the default serves: one resolution, or a split that picks one. */
export type PreparedServe = { readonly split: null; readonly resolution: Resolution } | { readonly split: PreparedSplit };

/** A rule made ready; without a requirement or something to serve it holds a shape this engine does not know and is skipped. */
export interface PreparedRule {
  readonly id: string;
  readonly requirement: Requirement | null;
  readonly serve: PreparedServe | null;
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
  /** The answer, when it is the same for every context. */
  readonly fixed: Resolution | null;
  readonly prerequisites: readonly PreparedPrerequisite[];
  /** The flags the prerequisites name. */
  readonly needs: readonly string[];
  readonly rules: readonly PreparedRule[];
  readonly otherwise: PreparedServe;
  readonly tooDeep: Resolution;
  readonly wrongType: Resolution;
  readonly unreadable: Resolution;
}

/** A segment made ready for evaluation. */
export interface PreparedSegment {
  readonly source: Segment;
  /** False when it holds a shape or an operator this engine does not know. */
  readonly isKnown: boolean;
  readonly by: Path;
  readonly included: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  readonly requirement: Requirement | null;
}

/** The flags and segments of one environment at one revision. */
export interface FlagSet {
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  readonly segments: ReadonlyMap<string, PreparedSegment>;
}
