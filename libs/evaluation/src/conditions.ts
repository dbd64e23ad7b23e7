import { isRecord, parsePath, read, readKey } from './attributes.js';
import type { ConditionValue, Segment } from './model.js';
import { prepareTest } from './operators.js';
import type { Holds, PreparedSegment, Requirement } from './prepared.js';
import { prepareBucket } from './split.js';

/** How deep conditions, segments and prerequisites may nest. */
export const MAX_DEPTH = 32;

/** The tree that a condition stands in. */
interface Tree {
  readonly segments: Set<string>;
  readonly depth: number;
}

function isConditionValue(value: unknown): value is ConditionValue {
  return /string|number|boolean/.test(typeof value);
}

function prepareAttribute(condition: { readonly [name: string]: unknown }): Holds | null {
  const { attribute, op, values, ignoreCase = false, ...others } = condition;
  const path = parsePath(attribute);
  const isShape = typeof op === 'string' && typeof ignoreCase === 'boolean' && Array.isArray(values) && values.every(isConditionValue);
  if (path === null || !isShape || Object.keys(others).length > 0) return null;
  if (op === 'exists') return (context) => (read(context, path) ?? null) !== null;
  const test = prepareTest(op, { values, ignoreCase });
  if (test === null) return null;
  return (context) => {
    const value = read(context, path);
    return Array.isArray(value) ? value.some(test) : test(value);
  };
}

function prepareParts(conditions: unknown, tree: Tree): Holds[] | null {
  const parts = Array.isArray(conditions) ? conditions.map((condition) => prepare(condition, tree)) : [null];
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length ? known : null;
}

function prepareSingle(kind: string, content: unknown, { segments, depth }: Tree): Holds | null {
  if (kind === 'segment' && typeof content === 'string') {
    segments.add(content);
    return (context, set) => set.segments.get(content)?.when?.holds(context, set) ?? false;
  }
  if (kind === 'bucket') return prepareBucket(content);
  const parts = prepareParts(kind === 'not' ? [content] : content, { segments, depth: depth + 1 });
  if (parts === null) return null;
  if (kind === 'all') return (context, set) => parts.every((holds) => holds(context, set));
  if (kind === 'any') return (context, set) => parts.some((holds) => holds(context, set));
  return kind === 'not' ? (context, set) => !parts.some((holds) => holds(context, set)) : null;
}

function prepare(condition: unknown, tree: Tree): Holds | null {
  if (!isRecord(condition) || tree.depth > MAX_DEPTH) return null;
  const [kind = '', ...others] = Object.keys(condition);
  return others.length > 0 ? prepareAttribute(condition) : prepareSingle(kind, condition[kind], tree);
}

/** Makes a condition ready; null when any part of it has a shape or an operator this engine does not know. */
export function prepareCondition(condition: unknown): Requirement | null {
  const segments = new Set<string>();
  const holds = prepare(condition, { segments, depth: 1 });
  return holds && { holds, segments: [...segments] };
}

function prepareMembership({ by, included, excluded, when }: Segment): Requirement | null {
  const path = parsePath(by);
  const condition = prepareCondition(when ?? { any: [] });
  if (path === null || condition === null) return null;
  const members = new Map([...included.map((key) => [key, true] as const), ...excluded.map((key) => [key, false] as const)]);
  members.delete('');
  const holds: Holds = (context, set) => members.get(readKey(context, path) ?? '') ?? condition.holds(context, set);
  return { holds, segments: condition.segments };
}

/** Makes a segment ready for evaluation; never throws, a segment of a shape it does not know disables the rules that use it. */
export function prepareSegment(segment: Segment): PreparedSegment {
  try {
    return { source: segment, when: prepareMembership(segment) };
  } catch {
    return { source: segment, when: null };
  }
}
