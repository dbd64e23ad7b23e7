import type { EvaluationContext, FlagType, Prerequisite, Resolution } from './model.js';
import type { FlagSet, PreparedFlag, Rung } from './prepared.js';
import { canReach, NONE } from './reach.js';
import { failure } from './resolutions.js';
import { answer } from './split.js';

function climb(flag: PreparedFlag, context: unknown, set: FlagSet): Resolution {
  let rung: Rung = flag;
  while (rung.next && !rung.when?.(context, set)) rung = rung.next;
  return answer(rung, context, flag.source);
}

/** Whether a prerequisite resolves to one of the variants it lists. */
export function isMet({ flag: key, variants }: Prerequisite, context: unknown, set: FlagSet): boolean {
  const flag = set.flags.get(key);
  const variant = flag && climb(flag, context, set).variant;
  return variant !== undefined && variants.includes(variant);
}

/** Whether the prerequisites below a flag lie within the limits; a flag that answers every context alike has none. */
export function isShallow({ needs }: PreparedFlag, set: FlagSet): boolean {
  return needs === NONE || canReach(needs, (key) => set.flags.get(key)?.needs ?? NONE);
}

function refusal(key: string, flag: PreparedFlag | undefined, type: FlagType | undefined): Resolution {
  if (!flag) return failure({ key, version: 0, metadata: {} }, 'FLAG_NOT_FOUND', 'No flag');
  if (type && type !== flag.type) return failure(flag.source, 'TYPE_MISMATCH', `Its type is ${flag.type}`);
  return failure(flag.source, 'GENERAL', 'Too deep');
}

/** Resolves a flag for a context, for a caller who wants any type or one; never throws, reads no clock and no chance. */
export function evaluate(set: FlagSet, key: string, context: EvaluationContext, type?: FlagType): Resolution {
  const flag = set.flags.get(key);
  if (!flag || (type && type !== flag.type) || !isShallow(flag, set)) return refusal(key, flag, type);
  try {
    return climb(flag, context, set);
  } catch {
    return failure(flag.source, 'INVALID_CONTEXT', 'Unreadable');
  }
}
