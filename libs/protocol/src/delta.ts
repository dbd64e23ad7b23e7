import { prepareFlag, prepareSegment } from '@ballast/evaluation';
import { entryHash, entryId, exchange } from './checksum.js';
import type { Change, Delta, Snapshot } from './messages.js';
import type { SnapshotState } from './state.js';

/** What became of a delta. `changed` names entries as `kind:key`; see `affectedFlags`. */
export type DeltaOutcome =
  | { readonly outcome: 'applied'; readonly changed: readonly string[] }
  | { readonly outcome: 'ignored' }
  | { readonly outcome: 'resync'; readonly because: 'gap' | 'environment' | 'checksum' };

/** Leads a state on in place. The checksum is compared first: a delta that is not applied leaves the state untouched. */
export const applyDelta: (state: SnapshotState, delta: Delta) => DeltaOutcome = follow;

/** Without a checksum the changes are trusted. */
function follow(state: SnapshotState, delta: Omit<Delta, 'checksum'> & Partial<Pick<Delta, 'checksum'>>): DeltaOutcome {
  if (delta.environment !== state.environment) return { outcome: 'resync', because: 'environment' };
  if (delta.to <= state.revision) return { outcome: 'ignored' };
  if (delta.from !== state.revision) return { outcome: 'resync', because: 'gap' };
  const hashes = new Map<string, number>();
  let { checksum } = state;
  for (const { kind, key, value } of delta.changes) {
    const id = entryId(kind, key);
    const hash = entryHash(kind, key, value);
    checksum = exchange(checksum, hashes.get(id) ?? state.hashes.get(id) ?? 0, hash);
    hashes.set(id, hash);
  }
  if (checksum !== (delta.checksum ?? checksum)) return { outcome: 'resync', because: 'checksum' };
  for (const change of delta.changes) applyChange(state, change, hashes);
  state.revision = delta.to;
  state.checksum = checksum;
  return { outcome: 'applied', changed: [...hashes.keys()] };
}

function applyChange(state: SnapshotState, { kind, key, value }: Change, hashes: ReadonlyMap<string, number>): void {
  const id = entryId(kind, key);
  if (value === null) {
    (kind === 'flag' ? state.flags : state.segments).delete(key);
    state.hashes.delete(id);
    return;
  }
  if (kind === 'flag') state.flags.set(key, prepareFlag(value));
  else state.segments.set(key, prepareSegment(value));
  state.hashes.set(id, hashes.get(id) ?? 0);
}

/** Everything in a snapshot as changes of an empty one. */
export function entriesOf({ flags, segments }: Pick<Snapshot, 'flags' | 'segments'>): readonly Change[] {
  return [
    ...Object.entries(flags).map(([key, value]): Change => ({ kind: 'flag', key, value })),
    ...Object.entries(segments).map(([key, value]): Change => ({ kind: 'segment', key, value })),
  ];
}

/** Sum of the hashes of all entries, modulo 2^32, whatever their order. */
export function checksumOf(snapshot: Pick<Snapshot, 'flags' | 'segments'>): number {
  return entriesOf(snapshot).reduce((sum, { kind, key, value }) => exchange(sum, 0, entryHash(kind, key, value)), 0);
}

/** A snapshot of which nobody said what its checksum is may lack one. */
export type Unsummed = Omit<Snapshot, 'checksum'> & { readonly checksum?: number };

/** Prepares a snapshot for evaluation, or says why it cannot be trusted: a snapshot is a delta from nothing. */
export function stateFrom(snapshot: Unsummed): { readonly state: SnapshotState } | { readonly problem: string } {
  const state: SnapshotState = { ...snapshot, revision: -1, checksum: 0, flags: new Map(), segments: new Map(), hashes: new Map() };
  const delta = { ...snapshot, from: -1, to: snapshot.revision, changes: entriesOf(snapshot) };
  const { outcome } = follow(state, delta);
  return outcome === 'applied' ? { state } : { problem: 'checksum differs' };
}

/** One delta that leads where all of these lead, one after the other; the last change of an entry wins. */
export function mergeDeltas(deltas: readonly Delta[]): Delta | undefined {
  const first = deltas[0];
  const last = deltas[deltas.length - 1];
  if (first === undefined || last === undefined || first === last) return first;
  const changes = new Map<string, Change>();
  for (const delta of deltas) for (const change of delta.changes) changes.set(entryId(change.kind, change.key), change);
  return { environment: last.environment, from: first.from, to: last.to, checksum: last.checksum, changes: [...changes.values()] };
}
