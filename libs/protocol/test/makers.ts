import type { Flag, Segment } from '@ballast/evaluation';
import { type Change, checksumOf, type Delta, type Snapshot, type SnapshotState, stateFrom } from '@ballast/protocol';

/** A boolean flag that is on. */
export function aFlag(key: string, changes: Partial<Flag> = {}): Flag {
  return {
    key,
    version: 1,
    type: 'boolean',
    state: 'on',
    variants: { on: true, off: false },
    offVariant: 'off',
    prerequisites: [],
    rules: [],
    default: { variant: 'on' },
    metadata: {},
    ...changes,
  };
}

/** A segment of one member. */
export function aSegment(key: string, changes: Partial<Segment> = {}): Segment {
  return { key, version: 1, when: null, by: 'targetingKey', included: ['ada'], excluded: [], ...changes };
}

/** A snapshot with the checksum of its content. */
export function aSnapshot(content: { flags?: readonly Flag[]; segments?: readonly Segment[]; revision?: number } = {}): Snapshot {
  const flags = Object.fromEntries((content.flags ?? []).map((flag) => [flag.key, flag]));
  const segments = Object.fromEntries((content.segments ?? []).map((segment) => [segment.key, segment]));
  return { environment: 'shop/production', revision: content.revision ?? 1, checksum: checksumOf({ flags, segments }), flags, segments };
}

/** A state that can be led on. */
export function aState(snapshot: Snapshot): SnapshotState {
  const opened = stateFrom(snapshot);
  if ('problem' in opened) throw new Error(opened.problem);
  return opened.state;
}

/** The snapshot after these changes, computed from nothing: what a delta must lead to. */
export function changed(snapshot: Snapshot, changes: readonly Change[], to = snapshot.revision + 1): Snapshot {
  const flags = new Map(Object.entries(snapshot.flags));
  const segments = new Map(Object.entries(snapshot.segments));
  for (const change of changes) {
    if (change.value === null) (change.kind === 'flag' ? flags : segments).delete(change.key);
    else if (change.kind === 'flag') flags.set(change.key, change.value);
    else segments.set(change.key, change.value);
  }
  return aSnapshot({ flags: [...flags.values()], segments: [...segments.values()], revision: to });
}

/** The delta from one snapshot to the next. */
export function aDelta(from: Snapshot, changes: readonly Change[], to = from.revision + 1): Delta {
  return { environment: from.environment, from: from.revision, to, checksum: changed(from, changes, to).checksum, changes };
}
