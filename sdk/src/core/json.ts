import type { EvaluationContext } from '@ballast/evaluation';

/** What the text says, or undefined, which no parser takes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value can serve as evaluation context: an object of any kind. */
export function isContext(value: unknown): value is EvaluationContext {
  return typeof value === 'object' && value !== null;
}

/** The own members of anything; none where they cannot be read. */
export function membersOf(value: unknown): { readonly [name: string]: unknown } {
  try {
    return { ...Object(value) };
  } catch {
    return {};
  }
}
