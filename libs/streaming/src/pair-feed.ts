import type { View } from '@ballast/protocol';
import type { PairDelta } from './relay-messages.js';
import type { Since, SnapshotSource } from './snapshot-source.js';

/** The views that a relay holds. */
export const VIEWS: readonly View[] = ['server', 'client'];

/** What leads a relay, which holds both views at one revision, on from there. */
export function pairSince(source: SnapshotSource, environmentId: string, revision: number): PairDelta | Exclude<Since, object> {
  const server = source.since(environmentId, 'server', revision);
  const client = source.since(environmentId, 'client', revision);
  if (typeof server === 'object' && typeof client === 'object' && server.to === client.to) return { server, client };
  return typeof server === 'string' && server === client ? server : 'too-old';
}

/** The newest revision that both views have; undefined before they are loaded. */
export function pairRevision(source: SnapshotSource, environmentId: string): number | undefined {
  const heads = VIEWS.map((view) => source.head(environmentId, view)?.revision ?? -1);
  const revision = Math.min(...heads);
  return revision < 0 ? undefined : revision;
}
