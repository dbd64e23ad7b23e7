import { type Difference, pointer } from '@ballast/api';

/** Characters that the single differences of one part may always take up; beyond it a part is given whole where that is shorter. */
const ROOM = 16_384;

interface Found {
  readonly path: readonly string[];
  readonly from: unknown;
  readonly to: unknown;
  /** About how many characters it takes up. */
  readonly size: number;
}

/**
 * Every difference between two JSON values, as pointers; lists are compared by position. Never much longer than both values together:
 * where each of many differences would repeat a long path, the part that holds them is one difference.
 */
export function diff(before: unknown, after: unknown): readonly Difference[] {
  return differences(before ?? undefined, after ?? undefined, []).map(({ path, from, to }) => ({
    path: pointer(path),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }));
}

function differences(from: unknown, to: unknown, path: readonly string[]): readonly Found[] {
  if (from === to) return [];
  if (!isParent(from) || !isParent(to) || Array.isArray(from) !== Array.isArray(to)) return [whole(from, to, path)];
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const single = names.flatMap((name) => differences(member(from, name), member(to, name), [...path, name]));
  const size = single.reduce((sum, found) => sum + found.size, 0);
  if (size <= ROOM) return single;
  const entire = whole(from, to, path);
  return entire.size < size ? [entire] : single;
}

function whole(from: unknown, to: unknown, path: readonly string[]): Found {
  const size = path.reduce((sum, name) => sum + name.length + 1, 0) + lengthOf(from) + lengthOf(to);
  return { path, from, to, size };
}

function lengthOf(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(value).length;
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Own members only: a name such as `constructor` must not find what the object inherits. */
function member(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
