import { entryId } from './checksum.js';
import type { SnapshotState } from './state.js';

/** The entries, as `kind:key`, that are not the same in both states. */
export function differences(before: SnapshotState, after: SnapshotState): readonly string[] {
  const ids = new Set([...before.hashes.keys(), ...after.hashes.keys()]);
  return [...ids].filter((id) => before.hashes.get(id) !== after.hashes.get(id));
}

/** The keys of all flags that may answer differently after these entries changed: the changed ones and whatever reaches them. */
export function affectedFlags(state: SnapshotState, changed: Iterable<string>): readonly string[] {
  const affected = new Set(changed);
  for (let before = -1; before < affected.size; ) {
    before = affected.size;
    for (const [key, { source }] of state.segments) {
      if (mentions(source.when, affected)) affected.add(entryId('segment', key));
    }
    for (const [key, { source }] of state.flags) {
      const needs = source.prerequisites.some(({ flag }) => affected.has(entryId('flag', flag)));
      if (needs || mentions(source.rules, affected)) affected.add(entryId('flag', key));
    }
  }
  return [...affected].filter((id) => id.startsWith('flag:')).map((id) => id.slice(5));
}

/** Whether a condition, or anything that holds conditions, names one of these segments. */
function mentions(node: unknown, affected: ReadonlySet<string>): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ('segment' in node && affected.has(`segment:${node.segment}`)) return true;
  return Object.values(node).some((member) => mentions(member, affected));
}
