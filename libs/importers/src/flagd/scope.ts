import { type Findings, isMembers } from '../findings.js';

/** What translating one flag carries along. */
export interface Scope extends Findings {
  readonly flagKey: string;
  readonly variants: ReadonlySet<string>;
}

/** One operator of JSONLogic with its arguments; null when the value is not an operation. */
export function operation(value: unknown): { readonly name: string; readonly args: readonly unknown[] } | null {
  if (!isMembers(value)) return null;
  const [only, ...others] = Object.entries(value);
  if (only === undefined || others.length > 0) return null;
  const [name, content] = only;
  return { name, args: Array.isArray(content) ? content : [content] };
}
