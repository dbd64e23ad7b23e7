import type { ZodError } from 'zod';

/** One line per problem, named by its variable; the value is never repeated, for it may be a secret. */
export function problemsOf(error: ZodError): string[] {
  return [...new Set(error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`))];
}
