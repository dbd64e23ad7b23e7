import type { SnapshotState } from './state.js';

/** The entries, as `kind:key`, that are not the same in both states. */
export function differences(before: SnapshotState, after: SnapshotState): readonly string[] {
  const ids = new Set([...before.hashes.keys(), ...after.hashes.keys()]);
  return [...ids].filter((id) => before.hashes.get(id) !== after.hashes.get(id));
}

/**
 * The keys of all flags that may answer differently after these entries changed: the changed flags, every flag with
 * prerequisites, and after a change of a segment every flag with rules. It may name too many, never too few.
 */
export function affectedFlags(state: SnapshotState, changed: readonly string[]): readonly string[] {
  const affected = new Set(changed.filter((id) => id.startsWith('flag:')).map((id) => id.slice(5)));
  const hasSegment = affected.size < changed.length;
  for (const [key, { source }] of state.flags) {
    if (source.prerequisites?.length > 0 || (hasSegment && source.rules?.length > 0)) affected.add(key);
  }
  return [...affected];
}
