import { MAX_DEPTH } from './conditions.js';
import type { EvaluationContext, FlagType, Resolution } from './model.js';
import type { FlagSet, PreparedFlag, PreparedPrerequisite, PreparedRule } from './prepared.js';
import { failure } from './resolutions.js';
import { serve } from './split.js';

/** How many segments or flags one question may lead to, counting each as often as it is named. */
export const MAX_REACHED = 1000;

/** What a key names in its turn; null when it cannot be used. */
export type Below = (key: string) => readonly string[] | null;

/** Whether everything reached from `keys` can be used, within the limits of depth and number; a cycle has no depth. */
export function canReach(keys: readonly string[], below: Below, left = { count: MAX_REACHED }, depth = 1): boolean {
  return keys.every((key) => {
    const next = below(key);
    return next !== null && --left.count >= 0 && depth <= MAX_DEPTH && canReach(next, below, left, depth + 1);
  });
}

/** Whether every segment that a rule reaches exists, is known whole and lies within the limits. */
export function isUsable({ segments }: PreparedRule, set: FlagSet): boolean {
  return segments.length === 0 || canReach(segments, (key) => set.segments.get(key)?.when?.segments ?? null);
}

function namedBy(flag: PreparedFlag | undefined): readonly string[] {
  return flag?.fixed === null ? flag.prerequisites.map((prerequisite) => prerequisite.flag) : [];
}

/** Whether the prerequisites below a flag lie within the limits; a flag that answers every context alike has none. */
export function isShallow(flag: PreparedFlag, set: FlagSet): boolean {
  return canReach(namedBy(flag), (key) => namedBy(set.flags.get(key)));
}

/** Whether a prerequisite resolves to one of the variants it lists. */
export function isMet({ flag: key, variants }: PreparedPrerequisite, context: unknown, set: FlagSet): boolean {
  const flag = set.flags.get(key);
  const variant = flag && climb(flag, context, set).variant;
  return variant !== undefined && variants.has(variant);
}

function climb(flag: PreparedFlag, context: unknown, set: FlagSet): Resolution {
  if (flag.fixed !== null) return flag.fixed;
  const { prerequisites, rules, otherwise } = flag;
  for (const prerequisite of prerequisites) if (!isMet(prerequisite, context, set)) return prerequisite.failed;
  for (const rule of rules) if (rule !== null && isUsable(rule, set) && rule.holds(context, set)) return serve(rule.served, context);
  return serve(otherwise, context);
}

/** Resolves a flag for a context, for a caller who wants any type or one; never throws, reads no clock and no chance. */
export function evaluate(set: FlagSet, key: string, context: EvaluationContext, type?: FlagType): Resolution {
  const flag = set.flags.get(key);
  if (flag === undefined) return failure({ key, version: 0, metadata: {} }, 'FLAG_NOT_FOUND', 'No flag');
  if (type !== undefined && type !== flag.type) return failure(flag.source, 'TYPE_MISMATCH', `Its type is ${flag.type}`);
  if (flag.prerequisites.length > 0 && !isShallow(flag, set)) return failure(flag.source, 'GENERAL', 'Too deep');
  try {
    return climb(flag, context, set);
  } catch {
    return failure(flag.source, 'INVALID_CONTEXT', 'Unreadable');
  }
}
