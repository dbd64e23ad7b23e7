import type { Condition, Flag, Serve } from './model.js';

/** How big a condition is. */
export interface ConditionSize {
  /** Conditions of any shape, itself included. */
  readonly conditions: number;
  /** Levels of nesting; a condition without parts has one. */
  readonly depth: number;
  /** Values of all its operators. */
  readonly values: number;
}

function partsOf(condition: Condition): readonly Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  return 'not' in condition ? [condition.not] : [];
}

/** Every condition inside a condition, itself first, each with its depth from 1 on. */
function* walk(condition: Condition): Generator<{ readonly condition: Condition; readonly depth: number }> {
  const open = [{ condition, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    for (const part of partsOf(next.condition)) open.push({ condition: part, depth: next.depth + 1 });
  }
}

/** Measures a condition of any depth. */
export function conditionSize(condition: Condition): ConditionSize {
  let conditions = 0;
  let depth = 0;
  let values = 0;
  for (const step of walk(condition)) {
    conditions += 1;
    depth = Math.max(depth, step.depth);
    if ('values' in step.condition) values += step.condition.values.length;
  }
  return { conditions, depth, values };
}

/** The segments a condition names, each once. */
export function segmentsIn(condition: Condition): string[] {
  const keys = new Set<string>();
  for (const step of walk(condition)) if ('segment' in step.condition) keys.add(step.condition.segment);
  return [...keys];
}

/** The attributes a condition reads, each once. */
export function attributesIn(condition: Condition): string[] {
  const names = new Set<string>();
  for (const step of walk(condition)) {
    if ('attribute' in step.condition) names.add(step.condition.attribute);
    else if ('bucket' in step.condition) names.add(step.condition.bucket.by);
  }
  return [...names];
}

/** The variants something served names, each once. */
export function variantsIn(serve: Serve | null): string[] {
  if (serve === null) return [];
  if ('variant' in serve) return [serve.variant];
  const names = serve.split.weights.map(([variant]) => variant);
  return [...new Set(serve.split.rest === null ? names : [...names, serve.split.rest])];
}

/** What a flag names: segments of its rules, flags of its prerequisites, variants it may serve. */
export interface FlagReferences {
  readonly segments: readonly string[];
  readonly flags: readonly string[];
  readonly variants: readonly string[];
}

/** Everything a flag names, each once. */
export function flagReferences(flag: Pick<Flag, 'rules' | 'prerequisites' | 'default' | 'offVariant'>): FlagReferences {
  const served = [...flag.rules.map((rule) => rule.serve), flag.default].flatMap(variantsIn);
  return {
    segments: [...new Set(flag.rules.flatMap((rule) => segmentsIn(rule.when)))],
    flags: [...new Set(flag.prerequisites.map((prerequisite) => prerequisite.flag))],
    variants: [...new Set(flag.offVariant === null ? served : [...served, flag.offVariant])],
  };
}
