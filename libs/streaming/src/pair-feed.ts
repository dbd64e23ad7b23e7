import type { Reset, View } from '@ballast/protocol';
import type { PairDelta } from './relay-messages.js';
import type { Since, SnapshotSource } from './snapshot-source.js';

/** The views that a relay holds. */
export const VIEWS: readonly View[] = ['server', 'client'];

/** What leads a relay, which holds both views at one revision, on from there; with the checksum of both only if that is what was here. */
export function pairSince(
  source: SnapshotSource,
  environmentId: string,
  revision: number,
  checksum?: number,
): PairDelta | Exclude<Since, object> {
  const next = pairFrom(source, environmentId, revision);
  if (checksum === undefined || next === 'ahead' || next === 'gone') return next;
  const known = pairChecksum(source, environmentId, revision);
  if (known === checksum) return next;
  return known === undefined ? 'too-old' : 'different';
}

/** One checksum for both views at a revision: the sum of theirs, modulo 2^32; undefined where it is not known. */
export function pairChecksum(source: Pick<SnapshotSource, 'checksumAt'>, environmentId: string, revision: number): number | undefined {
  const [server, client] = VIEWS.map((view) => source.checksumAt(environmentId, view, revision));
  return server === undefined || client === undefined ? undefined : (server + client) >>> 0;
}

/** Where both views stand; undefined before they are loaded. */
export function pairHead(source: SnapshotSource, environmentId: string): Reset | undefined {
  const revision = pairRevision(source, environmentId);
  return revision === undefined ? undefined : { revision, checksum: pairChecksum(source, environmentId, revision) };
}

function pairFrom(source: SnapshotSource, environmentId: string, revision: number): PairDelta | Exclude<Since, object> {
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
