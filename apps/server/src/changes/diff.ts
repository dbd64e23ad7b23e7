import { type Difference, pointer } from '@ballast/api';

/** Every difference between two JSON values, as pointers; lists are compared by position. */
export function diff(before: unknown, after: unknown): readonly Difference[] {
  return differences(before ?? undefined, after ?? undefined, []);
}

function differences(from: unknown, to: unknown, path: readonly string[]): readonly Difference[] {
  if (from === to) return [];
  if (isParent(from) && isParent(to) && Array.isArray(from) === Array.isArray(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => differences(member(from, name), member(to, name), [...path, name]));
  }
  return [{ path: pointer(path), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Own members only: a name such as `constructor` must not find what the object inherits. */
function member(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
