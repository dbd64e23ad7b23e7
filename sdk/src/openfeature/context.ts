import type { EvaluationContext } from '@ballast/evaluation';

/** Objects nested deeper than this are left as they are; conditions do not reach there. */
const MAX_DEPTH = 32;

/** OpenFeature's context as the engine reads it: dates become RFC 3339 texts, everything else stays the same object. */
export function contextOf(
  context: { readonly targetingKey?: string | undefined } & { readonly [name: string]: unknown },
): EvaluationContext {
  return hasDate(context, 0) ? { ...context, ...copied(context) } : context;
}

function hasDate(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  return value instanceof Date || Object.values(value).some((member) => hasDate(member, depth + 1));
}

function copied(members: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, plain(member, depth + 1)]));
}

function plain(value: unknown, depth: number): unknown {
  if (!hasDate(value, depth)) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((element) => plain(element, depth + 1));
  return copied(Object(value), depth);
}
