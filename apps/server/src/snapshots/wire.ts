import { checksumOf, type Delta, parseDelta, parseSnapshot, type Snapshot, type View } from '@ballast/protocol';
import type { EntryRow, LogRow, StoredSnapshot } from './snapshots.view.js';

/** A view of an environment, with what the ledger's checksum says of it. */
export interface ReadSnapshot {
  readonly snapshot: Snapshot;
  /** Whether the stored checksum is that of the stored entries. */
  readonly isSound: boolean;
}

/** One view of what is stored, as it travels. Its checksum is always that of its content. */
export function snapshotFrom(stored: StoredSnapshot, view: View): ReadSnapshot {
  const content = { flags: entriesOf(stored.entries, 'flag', view), segments: entriesOf(stored.entries, 'segment', view) };
  const read = parseSnapshot({ environment: stored.name, revision: stored.revision, checksum: 0, ...content });
  if (typeof read === 'string') throw new Error(`environment ${stored.name} holds what no client can read: ${read}`);
  const checksum = checksumOf(read);
  return { snapshot: { ...read, checksum }, isSound: checksum === stored.checksums[view] };
}

/** One revision of the log as a delta, or why it cannot be one. */
export function deltaFrom(environment: string, row: LogRow, view: View): Delta | string {
  const changes: unknown = JSON.parse(row[view]);
  return parseDelta({ environment, from: row.revision - 1, to: row.revision, checksum: row[`${view}Checksum`], changes });
}

function entriesOf(rows: readonly EntryRow[], kind: EntryRow['kind'], view: View): { readonly [key: string]: unknown } {
  const held = rows.filter((row) => row.kind === kind).map((row): [string, unknown] => [row.key, JSON.parse(row[view] ?? 'null')]);
  return Object.fromEntries(held.filter(([, value]) => value !== null));
}
