import { attempt, isRecord, mustBe, parsePath, read, readKey } from './attributes.js';
import type { ConditionValue, Segment } from './model.js';
import { prepareTest } from './operators.js';
import type { Holds, PreparedSegment, Requirement } from './prepared.js';
import { prepareBucket } from './split.js';

/** How deep conditions, segments and prerequisites may nest. */
export const MAX_DEPTH = 32;

/** One list for all that name nothing: looking at it costs no memory access of its own. */
const NONE: readonly string[] = [];

/** The tree that a condition stands in. */
interface Tree {
  readonly segments: Set<string>;
  readonly depth: number;
}

function isConditionValue(value: unknown): value is ConditionValue {
  return /string|number|boolean/.test(typeof value);
}

function prepareAttribute({ attribute, op, values, ignoreCase = false, ...others }: { readonly [name: string]: unknown }): Holds {
  const path = parsePath(attribute);
  const isList = Array.isArray(values) && values.every(isConditionValue);
  mustBe(isList && typeof ignoreCase === 'boolean' && Object.keys(others).length === 0);
  return op === 'exists' ? (context) => (read(context, path) ?? null) !== null : prepareTest(op, { path, values, ignoreCase });
}

function prepareSingle(kind: string, content: unknown, { segments, depth }: Tree): Holds {
  if (kind === 'segment') {
    mustBe(typeof content === 'string');
    segments.add(content);
    return (context, set) => set.segments.get(content)?.when?.holds(context, set) ?? false;
  }
  if (kind === 'bucket') return prepareBucket(content);
  const conditions = kind === 'not' ? [content] : content;
  mustBe(Array.isArray(conditions));
  const parts = conditions.map((condition) => prepare(condition, { segments, depth: depth + 1 }));
  if (kind === 'all') return (context, set) => parts.every((holds) => holds(context, set));
  if (kind === 'any') return (context, set) => parts.some((holds) => holds(context, set));
  mustBe(kind === 'not');
  return (context, set) => !parts.some((holds) => holds(context, set));
}

function prepare(condition: unknown, tree: Tree): Holds {
  mustBe(isRecord(condition) && tree.depth <= MAX_DEPTH);
  const [kind = '', ...others] = Object.keys(condition);
  return others.length > 0 ? prepareAttribute(condition) : prepareSingle(kind, condition[kind], tree);
}

/** Makes a condition ready; throws when any part of it has a shape or an operator this engine does not know. */
export function prepareCondition(condition: unknown): Requirement {
  const segments = new Set<string>();
  const holds = prepare(condition, { segments, depth: 1 });
  return { holds, segments: segments.size > 0 ? [...segments] : NONE };
}

function prepareMembership({ by, included, excluded, when }: Segment): Requirement {
  const path = parsePath(by);
  const condition = prepareCondition(when ?? { any: [] });
  const members = new Map([...included.map((key) => [key, true] as const), ...excluded.map((key) => [key, false] as const)]);
  members.delete('');
  const holds: Holds = (context, set) => members.get(readKey(context, path) ?? '') ?? condition.holds(context, set);
  return { holds, segments: condition.segments };
}

/** Makes a segment ready for evaluation; never throws, a segment of a shape it does not know disables the rules that use it. */
export function prepareSegment(segment: Segment): PreparedSegment {
  return { source: segment, when: attempt(() => prepareMembership(segment)) };
}
