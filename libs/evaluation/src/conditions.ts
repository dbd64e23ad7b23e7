import { attempt, mustBe, mustBeEmpty, parsePath, readKey } from './attributes.js';
import type { Condition, Segment } from './model.js';
import { prepareTest } from './operators.js';
import type { Holds, PreparedSegment, Requirement } from './prepared.js';
import { MAX_DEPTH, NONE } from './reach.js';
import { prepareBucket } from './split.js';

function prepareAttribute({ attribute, op, values, ignoreCase, ...others }: Extract<Condition, { readonly attribute: string }>): Holds {
  mustBeEmpty(others);
  mustBe(/boolean|undefined/.test(typeof ignoreCase) && values.every((value) => /string|number|boolean/.test(typeof value)));
  return prepareTest(op, { path: parsePath(attribute), values, ignoreCase: !!ignoreCase });
}

/** Makes a condition ready and notes the segments it names; any shape it does not know makes it throw. */
function prepare(condition: Condition, segments: Set<string>, depth: number): Holds {
  mustBe(depth <= MAX_DEPTH);
  if ('attribute' in condition) return prepareAttribute(condition);
  mustBe(Object.keys(condition).length === 1);
  if ('bucket' in condition) return prepareBucket(condition.bucket);
  if ('segment' in condition) {
    const { segment } = condition;
    mustBe(typeof segment === 'string');
    segments.add(segment);
    return (context, set) => set.segments.get(segment)?.when?.holds(context, set) ?? false;
  }
  const isAll = 'all' in condition;
  const isAny = 'any' in condition;
  const conditions = isAll ? condition.all : isAny ? condition.any : [condition.not];
  const parts = conditions.map((part) => prepare(part, segments, depth + 1));
  return (context, set) => {
    for (const holds of parts) if (holds(context, set) !== isAll) return isAny;
    return !isAny;
  };
}

/** Makes a condition ready; throws when any part of it has a shape or an operator this engine does not know. */
export function prepareCondition(condition: Condition): Requirement {
  const segments = new Set<string>();
  const holds = prepare(condition, segments, 1);
  return { holds, needs: segments.size > 0 ? [...segments] : NONE };
}

function prepareMembership({ by, included, excluded, when }: Segment): Requirement {
  const path = parsePath(by);
  const { holds, needs } = prepareCondition(when ?? { any: [] });
  const members = new Map([...included.map((key) => [key, true] as const), ...excluded.map((key) => [key, false] as const)]);
  members.delete('');
  return { holds: (context, set) => members.get(readKey(context, path)) ?? holds(context, set), needs };
}

/** Makes a segment ready for evaluation; never throws, a segment of a shape it does not know disables the rules that use it. */
export function prepareSegment(segment: Segment): PreparedSegment {
  return { source: segment, when: attempt(() => prepareMembership(segment)) };
}
