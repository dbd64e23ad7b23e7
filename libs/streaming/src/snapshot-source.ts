import type { Delta, View } from '@ballast/protocol';
import type { SnapshotBody } from './snapshot-body.js';

/** Where a view of an environment stands. */
export interface Head {
  readonly revision: number;
  readonly checksum: number;
}

/** What leads on from a revision. `ahead`: the asker holds more than this source; `different`: at that revision it holds something else than was here; `gone`: there is no such environment here. */
export type Since = Delta | 'current' | 'too-old' | 'ahead' | 'different' | 'gone';

/** What subscribers hear: a delta; that the snapshot was replaced and no delta leads to it; that what is held may be old. The last ends with a reset. */
export type News = { readonly environmentId: string; readonly view: View } & (
  | { readonly kind: 'delta'; readonly delta: Delta }
  | ({ readonly kind: 'reset' } & Head)
  | { readonly kind: 'stale' }
);

/** Everything that a server or a relay hands on: one snapshot per environment and view, and what leads to it. */
export interface SnapshotSource {
  head(environmentId: string, view: View): Head | undefined;
  /** The snapshot as it travels, made once per revision. */
  body(environmentId: string, view: View): SnapshotBody | undefined;
  /** What leads on from a revision; with a checksum only for whom holds what was here at that revision. */
  since(environmentId: string, view: View, revision: number, checksum?: number): Since;
  /** The checksum of a view at a revision; undefined where that is not known any more. */
  checksumAt(environmentId: string, view: View, revision: number): number | undefined;
  /** Looks for news now; settles when what was committed before the call is there. */
  refresh(environmentId: string): Promise<void>;
  /** Whether what is held may be old, because nothing is heard of where it comes from; a source that does not say is never stale. */
  isStale?(environmentId: string): boolean;
  subscribe(listener: (news: News) => void): () => void;
}
