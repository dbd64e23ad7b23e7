import { parsePath, readKey } from './attributes.js';
import { evaluate, isMet, isShallow } from './evaluate.js';
import { type ConditionExplanation, explainCondition, type Scene } from './explain-condition.js';
import { choicePosition, prepareSalt, sharePosition } from './hash.js';
import type { EvaluationContext, Flag, FlagType, Resolution, Serve } from './model.js';
import { prepareDefault, prepareRule } from './prepare.js';
import type { FlagSet } from './prepared.js';
import { areUsable } from './reach.js';
import { segmentsIn } from './references.js';
import { servingOf } from './resolutions.js';
import { answer } from './split.js';

export type { ConditionExplanation, Membership } from './explain-condition.js';

/** Where a split put a context. */
export interface BucketExplanation {
  readonly by: string;
  /** What was bucketed; absent when the context has nothing to bucket by. */
  readonly key?: string;
  /** Position of the key among 100 000, and the share it must stay below to be in. */
  readonly position?: number;
  readonly share: number;
  readonly isIn: boolean;
  /** Position among the weights, when the key is in and there is more than one. */
  readonly variantPosition?: number;
  readonly weightTotal: number;
}

/** What a prerequisite answered. */
export interface PrerequisiteExplanation {
  readonly flag: string;
  readonly variants: readonly string[];
  readonly resolution: Resolution;
  readonly isMet: boolean;
}

/** What became of one rule; a skipped rule has a shape or operator this engine does not know, or a segment it cannot use. */
export type RuleExplanation =
  | { readonly id: string; readonly outcome: 'skipped' }
  | { readonly id: string; readonly outcome: 'no match'; readonly when: ConditionExplanation }
  | { readonly id: string; readonly outcome: 'match'; readonly when: ConditionExplanation; readonly bucket?: BucketExplanation };

/** A resolution and every step on the way to it; what was not reached is not listed. */
export interface Explanation {
  readonly resolution: Resolution;
  readonly state?: Flag['state'];
  readonly prerequisites: readonly PrerequisiteExplanation[];
  readonly rules: readonly RuleExplanation[];
  /** Present when the default served. */
  readonly default?: { readonly bucket?: BucketExplanation };
}

/** The part of an explanation that walking prerequisites, rules and default adds. */
type Steps = Pick<Explanation, 'resolution' | 'prerequisites' | 'rules' | 'default'>;

function explainBucket(serve: Serve | null, context: unknown): { readonly bucket?: BucketExplanation } {
  if (serve === null || !('split' in serve)) return {};
  const { by, hash, salt, share, weights } = serve.split;
  const key = readKey(context, parsePath(by));
  const weightTotal = weights.reduce((total, [, weight]) => total + weight, 0);
  if (!key) return { bucket: { by, share, isIn: false, weightTotal } };
  const salted = prepareSalt(hash, salt);
  const at = Math.floor(sharePosition(salted, key));
  const bucket = { by, key, position: at, share, isIn: at < share, weightTotal };
  if (!bucket.isIn || weights.length === 1) return { bucket };
  return { bucket: { ...bucket, variantPosition: Math.floor(choicePosition(salted, key, weightTotal)) } };
}

function explainRules(flag: Flag, scene: Scene): Steps {
  const { set, context } = scene;
  const serving = servingOf(flag);
  const rules: RuleExplanation[] = [];
  for (const source of flag.rules) {
    const { id, when, serve } = source;
    const rule = prepareRule(source, serving, null);
    if (rule === null || !areUsable(segmentsIn(when), set)) {
      rules.push({ id, outcome: 'skipped' });
      continue;
    }
    const condition = explainCondition(when, scene);
    if (!condition.holds) {
      rules.push({ id, outcome: 'no match', when: condition });
      continue;
    }
    rules.push({ id, outcome: 'match', when: condition, ...explainBucket(serve, context) });
    return { resolution: answer(rule, context, flag), prerequisites: [], rules };
  }
  const resolution = answer(prepareDefault(flag, serving), context, flag);
  const bucket = resolution.errorCode === 'GENERAL' ? {} : explainBucket(flag.default, context);
  return { resolution, prerequisites: [], rules, default: bucket };
}

function explainOn(flag: Flag, scene: Scene): Steps {
  const { set, context } = scene;
  const prerequisites: PrerequisiteExplanation[] = [];
  for (const prerequisite of flag.prerequisites) {
    const holds = isMet(prerequisite, context, set);
    const { flag: key, variants } = prerequisite;
    prerequisites.push({ flag: key, variants, resolution: evaluate(set, key, context), isMet: holds });
    if (!holds) return { resolution: evaluate(set, flag.key, context), prerequisites, rules: [] };
  }
  return { ...explainRules(flag, scene), prerequisites };
}

/** Resolves a flag as `evaluate` does and tells how; never throws. */
export function explain(set: FlagSet, key: string, context: EvaluationContext, type?: FlagType): Explanation {
  const flag = set.flags.get(key);
  const resolution = evaluate(set, key, context, type);
  const nothing = { resolution, prerequisites: [], rules: [] };
  if (!flag) return nothing;
  const { state } = flag.source;
  const isMistyped = type !== undefined && type !== flag.type;
  if (isMistyped || state !== 'on' || resolution.errorCode === 'PARSE_ERROR' || !isShallow(flag, set)) return { ...nothing, state };
  try {
    return { state, ...explainOn(flag.source, { set, context, shown: new Set() }) };
  } catch {
    return { ...nothing, state };
  }
}
