import type { EvaluationContext } from '@ballast/evaluation';

/** Whatever was thrown in words, also what has none. */
export function wordsOf(error: unknown): string {
  return attempt(() => String(error)) ?? '?';
}

/** What a task returns; undefined when it throws, after `failed` was told. */
export function attempt<T>(task: () => T, failed?: (words: string) => void): T | undefined {
  try {
    return task();
  } catch (error) {
    failed?.(wordsOf(error));
    return undefined;
  }
}

/** What the text says, or undefined, which no parser takes. */
export function parseJson(text: string): unknown {
  return attempt((): unknown => JSON.parse(text));
}

/** Whether a value can serve as evaluation context: an object of any kind. */
export function isContext(value: unknown): value is EvaluationContext {
  return typeof value === 'object' && value !== null;
}

/** The own members of anything; none where they cannot be read. */
export function membersOf(value: unknown): { readonly [name: string]: unknown } {
  return attempt(() => ({ ...Object(value) })) ?? {};
}
