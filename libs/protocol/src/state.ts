import { type FlagSet, type PreparedFlag, type PreparedSegment, prepareFlag, prepareSegment } from '@ballast/evaluation';
import { entryHash, entryId, exchange } from './checksum.js';
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

/** Prepares a snapshot for evaluation, or says why it cannot be trusted. */
export function stateFrom(snapshot: Snapshot): { readonly state: SnapshotState } | { readonly problem: string } {
  const { environment, revision, checksum } = snapshot;
  const state: SnapshotState = { environment, revision, checksum, flags: new Map(), segments: new Map(), hashes: new Map() };
  let sum = 0;
  for (const [key, flag] of Object.entries(snapshot.flags)) {
    sum = exchange(sum, 0, keep(state, entryId('flag', key), entryHash('flag', key, flag)));
    state.flags.set(key, prepareFlag(flag));
  }
  for (const [key, segment] of Object.entries(snapshot.segments)) {
    sum = exchange(sum, 0, keep(state, entryId('segment', key), entryHash('segment', key, segment)));
    state.segments.set(key, prepareSegment(segment));
  }
  return sum === checksum ? { state } : { problem: `checksum is ${sum}, not ${checksum}` };
}

function keep(state: SnapshotState, id: string, hash: number): number {
  state.hashes.set(id, hash);
  return hash;
}

/** The snapshot as it travels. */
export function snapshotOf(state: SnapshotState): Snapshot {
  return {
    environment: state.environment,
    revision: state.revision,
    checksum: state.checksum,
    flags: sources(state.flags),
    segments: sources(state.segments),
  };
}

function sources<T>(prepared: ReadonlyMap<string, { readonly source: T }>): { readonly [key: string]: T } {
  return Object.fromEntries([...prepared].map(([key, { source }]) => [key, source]));
}
