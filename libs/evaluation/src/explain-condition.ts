import { parsePath, read, readKey } from './attributes.js';
import { prepareCondition } from './conditions.js';
import { prepareSalt, sharePosition } from './hash.js';
import type { Bucket, Condition, EvaluationContext, Segment } from './model.js';
import type { FlagSet } from './prepared.js';

/** What became of one condition; every part is judged, also those an evaluation would not reach. */
export type ConditionExplanation = { readonly holds: boolean } & (
  | { readonly all: readonly ConditionExplanation[] }
  | { readonly any: readonly ConditionExplanation[] }
  | { readonly not: ConditionExplanation }
  | { readonly segment: string; readonly because: Membership; readonly when?: ConditionExplanation }
  | { readonly bucket: Bucket; readonly position?: number }
  | { readonly attribute: string; readonly op: string; readonly value?: unknown }
);

/** Which part of a segment decided. */
export type Membership = 'excluded' | 'included' | 'condition' | 'nothing';

/** Who is asking, and which segments were already shown whole. */
export interface Scene {
  readonly set: FlagSet;
  readonly context: EvaluationContext;
  readonly shown: Set<string>;
}

function membership({ by, included, excluded }: Segment, holds: boolean, context: unknown): Membership {
  const key = readKey(context, parsePath(by));
  if (key && excluded.includes(key)) return 'excluded';
  if (key && included.includes(key)) return 'included';
  return holds ? 'condition' : 'nothing';
}

function explainSegment(key: string, holds: boolean, scene: Scene): ConditionExplanation {
  const segment = scene.set.segments.get(key)?.source;
  if (segment === undefined) return { holds, segment: key, because: 'nothing' };
  const because = membership(segment, holds, scene.context);
  if (segment.when === null || scene.shown.has(key)) return { holds, segment: key, because };
  scene.shown.add(key);
  return { holds, segment: key, because, when: explainCondition(segment.when, scene) };
}

function explainMembership(bucket: Bucket, holds: boolean, { context }: Scene): ConditionExplanation {
  const key = readKey(context, parsePath(bucket.by));
  return key ? { holds, bucket, position: Math.floor(sharePosition(prepareSalt(bucket.hash, bucket.salt), key)) } : { holds, bucket };
}

/** Explains a condition that is known whole and whose segments are usable. */
export function explainCondition(condition: Condition, scene: Scene): ConditionExplanation {
  const holds = prepareCondition(condition).holds(scene.context, scene.set);
  if ('all' in condition) return { holds, all: condition.all.map((part) => explainCondition(part, scene)) };
  if ('any' in condition) return { holds, any: condition.any.map((part) => explainCondition(part, scene)) };
  if ('not' in condition) return { holds, not: explainCondition(condition.not, scene) };
  if ('segment' in condition) return explainSegment(condition.segment, holds, scene);
  if ('bucket' in condition) return explainMembership(condition.bucket, holds, scene);
  const { attribute, op } = condition;
  const value = read(scene.context, parsePath(attribute));
  return { holds, attribute, op, ...(value === undefined ? {} : { value }) };
}
