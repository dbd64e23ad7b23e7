import type { EvaluationContext } from '@ballast/evaluation';
import { attempt } from '../core/json.js';

/** Objects nested deeper than this are left as they are; conditions do not reach there. */
const MAX_DEPTH = 32;

/** What became of the objects that were looked at; whatever leads back to itself is looked at once. */
type Seen = Map<object, unknown>;

/** OpenFeature's context as the engine reads it: dates become RFC 3339 texts, everything else stays the same object. Never throws. */
export function contextOf(
  context: { readonly targetingKey?: string | undefined } & { readonly [name: string]: unknown },
): EvaluationContext {
  const made = attempt(() => plain(context, 0, new Map()));
  return made === undefined || made === context ? context : { ...context, ...Object(made) };
}

function plain(value: unknown, depth: number, seen: Seen): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (seen.has(value)) return seen.get(value);
  seen.set(value, value);
  const made = copyWhereNeeded(value, (member) => plain(member, depth + 1, seen));
  seen.set(value, made);
  return made;
}

/** The same object where all its members stay the same. */
function copyWhereNeeded(value: object, change: (member: unknown) => unknown): unknown {
  const members = Object.entries(value);
  const changed = members.map(([name, member]): [string, unknown] => [name, change(member)]);
  if (changed.every(([, member], index) => Object.is(member, members[index]?.[1]))) return value;
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
