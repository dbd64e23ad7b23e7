import { z } from 'zod';
import { isStorable } from './keys.js';
import { LIMITS } from './limits.js';

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
}

function problemOf({ value, path }: Place): string | null {
  if (path.length > LIMITS.jsonDepth.max) return `nests deeper than ${LIMITS.jsonDepth.max} levels (jsonDepth)`;
  if (typeof value === 'string' && !isStorable(value)) return 'must not contain NUL or lone surrogates';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must be a finite number';
  if (typeof value === 'object' && value !== null && Object.keys(value).some((name) => !isStorable(name)))
    return 'must not have member names with NUL or lone surrogates';
  return null;
}

function membersOf({ value, path }: Place): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, member]) => ({ value: member, path: [...path, name] }));
}

/** The first place in a JSON value that nests too deep or holds text that cannot be stored; walks without recursion. */
export function jsonProblem(value: unknown): { readonly path: readonly string[]; readonly message: string } | null {
  const open: Place[] = [{ value, path: [] }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const message = problemOf(place);
    if (message !== null) return { path: place.path.slice(0, 8), message };
    open.push(...membersOf(place));
  }
  return null;
}

/** A request body: bounded in depth and storable before its own schema looks at it, so that no schema recurses without end. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value, context) => {
    const problem = jsonProblem(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem.message, path: [...problem.path] });
    return value;
  }, schema);
}
