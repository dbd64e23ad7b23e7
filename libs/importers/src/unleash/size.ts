import { isMembers, own } from '../findings.js';

/** Features of one file at most; a project holds fewer. */
export const MAX_FEATURES = 50_000;

/** Objects that one feature may consist of: strategies, constraints, variants and the like. */
const MAX_OBJECTS = 5_000;

/** Variants of one feature, in all its strategies together; every child of the feature names them. */
const MAX_VARIANTS = 200;

/** What segments add to one feature, and to all of a file: they are put in place wherever they are used. */
const MAX_ADDED = { feature: 100_000, file: 500_000 } as const;

/** The objects in a value whose depth is bounded already. */
function objectsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let objects = isMembers(value) ? 1 : 0;
  for (const part of Object.values(value)) objects += objectsOf(part);
  return objects;
}

function entries(value: unknown, name: string): readonly unknown[] {
  const list = isMembers(value) ? own(value, name) : undefined;
  return Array.isArray(list) ? list : [];
}

/** Watches over what the features of one file grow to, so that a small file cannot fill the memory. */
export class Sizes {
  readonly #segments: ReadonlyMap<unknown, unknown>;
  readonly #sizes = new Map<unknown, number>();
  #left: number = MAX_ADDED.file;

  constructor(segments: ReadonlyMap<unknown, unknown>) {
    this.#segments = segments;
  }

  /** Why a feature is too large to be translated; null: it is not. */
  problemOf(feature: unknown): string | null {
    if (objectsOf(feature) > MAX_OBJECTS) return `consists of more than ${MAX_OBJECTS} objects`;
    const strategies = entries(feature, 'strategies');
    const variants = [feature, ...strategies].reduce<number>((sum, owner) => sum + entries(owner, 'variants').length, 0);
    if (variants > MAX_VARIANTS) return `has more than ${MAX_VARIANTS} variants`;
    let added = 0;
    for (const strategy of strategies) for (const id of entries(strategy, 'segments')) added += 1 + this.#sizeOf(id);
    if (added > Math.min(MAX_ADDED.feature, this.#left)) return 'uses segments that are too large to be put in place';
    this.#left -= added;
    return null;
  }

  #sizeOf(id: unknown): number {
    const known = this.#sizes.get(id);
    if (known !== undefined) return known;
    const constraints = this.#segments.get(id);
    const list: readonly unknown[] = Array.isArray(constraints) ? constraints : [];
    const size = list.reduce<number>((sum, constraint) => sum + 1 + entries(constraint, 'values').length, 0);
    this.#sizes.set(id, size);
    return size;
  }
}
