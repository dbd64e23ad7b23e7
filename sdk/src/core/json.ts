import type { EvaluationContext } from '@ballast/evaluation';

/** What a task returns; undefined when it throws, after `failed` was told. */
export function attempt<T>(task: () => T, failed?: (error: unknown) => void): T | undefined {
  try {
    return task();
  } catch (error) {
    failed?.(error);
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
