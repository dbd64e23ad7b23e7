import { parsePath, readKey } from './attributes.js';
import { evaluate, isMet, isShallow, isUsable } from './evaluate.js';
import { type ConditionExplanation, explainCondition, type Scene } from './explain-condition.js';
import { choicePosition, prepareSalt, sharePosition } from './hash.js';
import type { EvaluationContext, Flag, FlagType, Resolution, Serve } from './model.js';
import type { FlagSet, PreparedFlag } from './prepared.js';
import { serve as answer, weightTotal } from './split.js';

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
  const { split } = serve;
  const { by, hash, salt, share } = split;
  const key = readKey(context, parsePath(by));
  const total = weightTotal(split);
  const salted = prepareSalt(hash, salt);
  if (key === undefined) return { bucket: { by, share, isIn: false, weightTotal: total } };
  const at = sharePosition(salted, key);
  const bucket = { by, key, position: at, share, isIn: at < share, weightTotal: total };
  if (!bucket.isIn || split.weights.length === 1) return { bucket };
  return { bucket: { ...bucket, variantPosition: choicePosition(salted, key, total) } };
}

function explainRules(flag: PreparedFlag, scene: Scene): Steps {
  const rules: RuleExplanation[] = [];
  for (const [i, { id, when, serve }] of flag.source.rules.entries()) {
    const rule = flag.rules[i] ?? null;
    if (rule === null || !isUsable(rule, scene.set)) {
      rules.push({ id, outcome: 'skipped' });
      continue;
    }
    const condition = explainCondition(when, scene);
    if (!condition.holds) {
      rules.push({ id, outcome: 'no match', when: condition });
      continue;
    }
    rules.push({ id, outcome: 'match', when: condition, ...explainBucket(serve, scene.context) });
    return { resolution: answer(rule.served, scene.context), prerequisites: [], rules };
  }
  const { otherwise } = flag;
  const bucket = 'choices' in otherwise ? explainBucket(flag.source.default, scene.context) : {};
  return { resolution: answer(otherwise, scene.context), prerequisites: [], rules, default: bucket };
}

function explainOn(flag: PreparedFlag, scene: Scene): Steps {
  const prerequisites: PrerequisiteExplanation[] = [];
  for (const prerequisite of flag.prerequisites) {
    const holds = isMet(prerequisite, scene.context, scene.set);
    const resolution = evaluate(scene.set, prerequisite.flag, scene.context);
    prerequisites.push({ flag: prerequisite.flag, variants: [...prerequisite.variants], resolution, isMet: holds });
    if (!holds) return { resolution: prerequisite.failed, prerequisites, rules: [] };
  }
  return { ...explainRules(flag, scene), prerequisites };
}

/** Whether the answer was clear before any prerequisite or rule was looked at. */
function isDecided(flag: PreparedFlag, set: FlagSet, type: FlagType | undefined): boolean {
  if (type !== undefined && type !== flag.source.type) return true;
  if (flag.fixed !== null) return flag.source.state !== 'on' || flag.fixed.reason === 'ERROR';
  return !isShallow(flag, set);
}

/** Resolves a flag as `evaluate` does and tells how; never throws. */
export function explain(set: FlagSet, key: string, context: EvaluationContext, type?: FlagType): Explanation {
  const flag = set.flags.get(key);
  const resolution = evaluate(set, key, context, type);
  const nothing = { resolution, prerequisites: [], rules: [] };
  if (flag === undefined) return nothing;
  const { state } = flag.source;
  if (isDecided(flag, set, type)) return { ...nothing, state };
  try {
    return { state, ...explainOn(flag, { set, context, shown: new Set() }) };
  } catch {
    return { ...nothing, state };
  }
}
