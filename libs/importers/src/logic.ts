import type { Condition } from '@ballast/evaluation';

/** A condition, or what it is known to be whatever the context. */
export type Truth = boolean | Condition;

/** Holds when every part holds. */
export function all(...parts: readonly Truth[]): Truth {
  return allOf(parts);
}

/** Holds when every part of a list holds, however long it is. */
export function allOf(parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false;
  const open = parts.filter((part): part is Condition => part !== true);
  const [first] = open;
  if (first === undefined) return true;
  return open.length === 1 ? first : { all: open.flatMap((part) => ('all' in part ? part.all : [part])) };
}

/** Holds when at least one part holds. */
export function any(...parts: readonly Truth[]): Truth {
  return anyOf(parts);
}

/** Holds when at least one part of a list holds, however long it is. */
export function anyOf(parts: readonly Truth[]): Truth {
  if (parts.includes(true)) return true;
  const open = parts.filter((part): part is Condition => part !== false);
  const [first] = open;
  if (first === undefined) return false;
  return open.length === 1 ? first : { any: open.flatMap((part) => ('any' in part ? part.any : [part])) };
}

/** Holds when the part does not. */
export function not(part: Truth): Truth {
  if (typeof part === 'boolean') return !part;
  return 'not' in part ? part.not : { not: part };
}

/** Holds when the attribute is there and not null. */
export function exists(attribute: string): Condition {
  return { attribute, op: 'exists', values: [] };
}

/** What a rule must carry: a condition even when it always holds. */
export function toCondition(part: Truth): Condition {
  if (typeof part !== 'boolean') return part;
  return part ? { all: [] } : { any: [] };
}
