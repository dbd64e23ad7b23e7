import { read, readKey } from './attributes.js';
import type { Resolution } from './model.js';
import type { Test } from './operators.js';
import { MAX_DEPTH } from './prepare-condition.js';
import type { FlagSet, PreparedCondition, PreparedFlag, PreparedSegment, Requirement } from './prepared.js';

/** One evaluation under way. */
export interface Pass {
  readonly set: FlagSet;
  readonly context: unknown;
  /** What nested segments and prerequisites answered, so that each is asked once however often it is named. */
  members?: Map<PreparedSegment, boolean>;
  resolutions?: Map<PreparedFlag, Resolution>;
}

/** The keys a thing names in its turn; null when the thing itself cannot be used. */
export type Below = (key: string) => readonly string[] | null;

/** Whether everything reached from `keys` can be used and no chain is longer than the limit; a cycle is a chain without end. */
export function canReach(keys: readonly string[], below: Below, depth = 1, seen?: Map<string, number>): boolean {
  for (const key of keys) {
    const next = below(key);
    if (next === null || depth > MAX_DEPTH) return false;
    if (next.length === 0) continue;
    const reached = seen ?? new Map<string, number>();
    if ((reached.get(key) ?? 0) >= depth) continue;
    reached.set(key, depth);
    if (!canReach(next, below, depth + 1, reached)) return false;
  }
  return true;
}

/** Whether every segment that a requirement reaches exists, is known whole and nests no deeper than the limit. */
export function isUsable(requirement: Requirement, set: FlagSet): boolean {
  if (requirement.segments.length === 0) return true;
  return canReach(requirement.segments, (key) => {
    const segment = set.segments.get(key);
    return segment?.isKnown ? (segment.requirement?.segments ?? []) : null;
  });
}

function passes(value: unknown, test: Test): boolean {
  return Array.isArray(value) ? value.some(test) : test(value);
}

/** Which part of a segment decides about a context. */
export type Membership = 'excluded' | 'included' | 'condition' | 'nothing';

/** How a segment decides about a context: the excluded list, then the included list, then the condition. */
export function membership(segment: PreparedSegment, pass: Pass): Membership {
  const key = readKey(pass.context, segment.by);
  if (key !== undefined && segment.excluded.has(key)) return 'excluded';
  if (key !== undefined && segment.included.has(key)) return 'included';
  return segment.requirement !== null && holds(segment.requirement.when, pass) ? 'condition' : 'nothing';
}

function isMember(segment: PreparedSegment | undefined, pass: Pass): boolean {
  if (segment === undefined) return false;
  const known = pass.members?.get(segment);
  if (known !== undefined) return known;
  const answer = membership(segment, pass);
  const isIn = answer === 'included' || answer === 'condition';
  if (segment.requirement !== null && segment.requirement.segments.length > 0) {
    pass.members ??= new Map();
    pass.members.set(segment, isIn);
  }
  return isIn;
}

/** Whether a condition holds for the context of a pass; its segments must be usable. */
export function holds(condition: PreparedCondition, pass: Pass): boolean {
  switch (condition.kind) {
    case 'test':
      return passes(read(pass.context, condition.path), condition.test);
    case 'exists':
      return (read(pass.context, condition.path) ?? null) !== null;
    case 'all':
      return condition.parts.every((part) => holds(part, pass));
    case 'any':
      return condition.parts.some((part) => holds(part, pass));
    case 'not':
      return !holds(condition.part, pass);
    case 'segment':
      return isMember(pass.set.segments.get(condition.key), pass);
  }
}
