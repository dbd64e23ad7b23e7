import type { FlagSet, PreparedFlag, PreparedSegment } from '@ballast/evaluation';
import type { Snapshot } from './messages.js';

/** A snapshot ready to be evaluated and to be led on by deltas, in place. Only `applyDelta` changes it. */
export interface SnapshotState extends FlagSet {
  environment: string;
  revision: number;
  checksum: number;
  readonly flags: Map<string, PreparedFlag>;
  readonly segments: Map<string, PreparedSegment>;
  /** Hash of every entry by `kind:key`. */
  readonly hashes: Map<string, number>;
}

/** The snapshot as it travels. */
export function snapshotOf({ hashes: _hashes, flags, segments, ...place }: SnapshotState): Snapshot {
  return { ...place, flags: sources(flags), segments: sources(segments) };
}

function sources<T>(prepared: ReadonlyMap<string, { readonly source: T }>): { readonly [key: string]: T } {
  return Object.fromEntries([...prepared].map(([key, { source }]) => [key, source]));
}
