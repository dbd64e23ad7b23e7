import { readKey } from './attributes.js';
import { canReach, holds, isUsable, type Pass } from './conditions.js';
import type { EvaluationContext, FlagType, Resolution } from './model.js';
import { hashAfter, scale } from './murmur3.js';
import { SHARE_TOTAL } from './prepare-split.js';
import type { FlagSet, PreparedFlag, PreparedPrerequisite, PreparedRule, PreparedServe, PreparedSplit } from './prepared.js';
import { notFound } from './resolutions.js';

/** Where a key falls among the 100 000 positions of the share. */
export function sharePosition(split: PreparedSplit, key: string): number {
  return scale(hashAfter(split.sharePrefix, key), SHARE_TOTAL);
}

/** Where a key falls among the weights; a hash of its own, so that a growing share reshuffles nobody. */
export function variantPosition(split: PreparedSplit, key: string): number {
  return split.choices.length === 1 ? 0 : scale(hashAfter(split.variantPrefix, key), split.total);
}

function choose(split: PreparedSplit, context: unknown): Resolution {
  const key = readKey(context, split.by);
  if (key === undefined) return split.missing;
  if (sharePosition(split, key) >= split.share) return split.rest;
  const at = variantPosition(split, key);
  for (const choice of split.choices) if (at < choice.below) return choice.resolution;
  return split.rest;
}

/** What a rule or the default answers to a context. */
export function serveTo(serve: PreparedServe, context: unknown): Resolution {
  return serve.split === null ? serve.resolution : choose(serve.split, context);
}

/** What a rule serves when it applies; null when it is skipped or its condition does not hold. */
function serveIfHeld({ requirement, serve }: PreparedRule, pass: Pass): PreparedServe | null {
  if (requirement === null || serve === null || !isUsable(requirement, pass.set)) return null;
  return holds(requirement.when, pass) ? serve : null;
}

function climb(flag: PreparedFlag, pass: Pass): Resolution {
  for (const prerequisite of flag.prerequisites) if (!isMet(prerequisite, pass)) return prerequisite.failed;
  for (const rule of flag.rules) {
    const serve = serveIfHeld(rule, pass);
    if (serve !== null) return serveTo(serve, pass.context);
  }
  return serveTo(flag.otherwise, pass.context);
}

/** What a flag named as a prerequisite answers. */
export function resolvePrerequisite(key: string, pass: Pass): Resolution {
  const flag = pass.set.flags.get(key);
  if (flag === undefined) return notFound(key);
  if (flag.fixed !== null) return flag.fixed;
  if (flag.needs.length === 0) return climb(flag, pass);
  pass.resolutions ??= new Map();
  const known = pass.resolutions.get(flag) ?? climb(flag, pass);
  pass.resolutions.set(flag, known);
  return known;
}

/** Whether a prerequisite resolves to one of the variants it lists. */
export function isMet(prerequisite: PreparedPrerequisite, pass: Pass): boolean {
  const { variant } = resolvePrerequisite(prerequisite.flag, pass);
  return variant !== undefined && prerequisite.variants.has(variant);
}

/** Whether the prerequisites below a flag end within the limit; only flags whose answer depends on the context look further. */
export function isShallow(flag: PreparedFlag, set: FlagSet): boolean {
  return canReach(flag.needs, (key) => {
    const needed = set.flags.get(key);
    return needed === undefined || needed.fixed !== null ? [] : needed.needs;
  });
}

function resolve(flag: PreparedFlag, set: FlagSet, context: unknown): Resolution {
  if (flag.fixed !== null) return flag.fixed;
  if (flag.needs.length > 0 && !isShallow(flag, set)) return flag.tooDeep;
  try {
    return climb(flag, { set, context });
  } catch {
    return flag.unreadable;
  }
}

/** Resolves a flag for a context; never throws, reads no clock and no chance. */
export function evaluate(set: FlagSet, key: string, context: EvaluationContext): Resolution {
  const flag = set.flags.get(key);
  return flag === undefined ? notFound(key) : resolve(flag, set, context);
}

/** Who asks, and for a value of which type. */
export interface Question {
  readonly type: FlagType;
  readonly context: EvaluationContext;
}

/** Resolves a flag for a caller who wants one type: the type of the flag, whatever it serves, must be that type. */
export function evaluateAs(set: FlagSet, key: string, { type, context }: Question): Resolution {
  const flag = set.flags.get(key);
  if (flag === undefined) return notFound(key);
  return flag.source.type === type ? resolve(flag, set, context) : flag.wrongType;
}

/** The type a flag would need to serve a value; undefined for what no flag can serve. */
export function typeOf(value: unknown): FlagType | undefined {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : undefined;
  return typeof value === 'object' && value !== null ? 'object' : undefined;
}
