import { isRecord, parsePath } from './attributes.js';
import type { ConditionValue } from './model.js';
import { prepareTest } from './operators.js';
import type { PreparedCondition, Requirement } from './prepared.js';

/** How deep conditions, segments and prerequisites may nest. */
export const MAX_DEPTH = 32;

type Shape = { readonly [key: string]: unknown };

/** What preparing one condition tree carries along. */
interface Tree {
  readonly segments: Set<string>;
  readonly depth: number;
}

function isConditionValue(value: unknown): value is ConditionValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function prepareAttribute({ attribute, op, values, ignoreCase = false, ...rest }: Shape): PreparedCondition | null {
  if (typeof attribute !== 'string' || typeof op !== 'string' || typeof ignoreCase !== 'boolean' || !Array.isArray(values)) return null;
  const path = parsePath(attribute);
  if (path === null || Object.keys(rest).length > 0 || !values.every(isConditionValue)) return null;
  if (op === 'exists') return { kind: 'exists', path };
  const test = prepareTest(op, { values, ignoreCase });
  return test === null ? null : { kind: 'test', path, op, test };
}

function prepareParts(kind: 'all' | 'any', conditions: unknown, tree: Tree): PreparedCondition | null {
  if (!Array.isArray(conditions)) return null;
  const parts: PreparedCondition[] = [];
  for (const condition of conditions) {
    const part = prepare(condition, tree);
    if (part === null) return null;
    parts.push(part);
  }
  return { kind, parts };
}

function prepareSingle(kind: string, content: unknown, tree: Tree): PreparedCondition | null {
  if (kind === 'all' || kind === 'any') return prepareParts(kind, content, tree);
  if (kind === 'not') {
    const part = prepare(content, tree);
    return part === null ? null : { kind, part };
  }
  if (kind !== 'segment' || typeof content !== 'string') return null;
  tree.segments.add(content);
  return { kind, key: content };
}

function prepare(condition: unknown, { segments, depth }: Tree): PreparedCondition | null {
  if (!isRecord(condition) || depth > MAX_DEPTH) return null;
  const [only, ...others] = Object.entries(condition);
  if (only === undefined) return null;
  return others.length > 0 ? prepareAttribute(condition) : prepareSingle(only[0], only[1], { segments, depth: depth + 1 });
}

/** Makes a condition ready; null when any part of it has a shape or an operator this engine does not know. */
export function prepareRequirement(condition: unknown): Requirement | null {
  const segments = new Set<string>();
  const when = prepare(condition, { segments, depth: 1 });
  return when === null ? null : { when, segments: [...segments] };
}
