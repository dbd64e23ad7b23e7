import type { Delta, DeltaOutcome, SnapshotState, View } from '@ballast/protocol';
import type { SnapshotBody } from './snapshot-body.js';
import { SnapshotFeed } from './snapshot-feed.js';
import type { Head, News, Since, SnapshotSource } from './snapshot-source.js';

/** A source kept in memory: whoever fills it calls `open` and `publish`. */
export class SnapshotFeeds implements SnapshotSource {
  readonly #feeds = new Map<string, SnapshotFeed>();
  readonly #listeners = new Set<(news: News) => void>();
  readonly #refresh: (environmentId: string) => Promise<void>;
  readonly #stale = new Set<string>();

  constructor(refresh: (environmentId: string) => Promise<void> = async () => undefined) {
    this.#refresh = refresh;
  }

  /** Takes over a snapshot, with deltas that led to it where they are known; where there was one, clients are told to fetch it. */
  open(environmentId: string, view: View, state: SnapshotState, history: readonly Delta[] = []): void {
    const address = addressOf(environmentId, view);
    const isReplaced = this.#feeds.has(address);
    const feed = new SnapshotFeed(environmentId, view, state);
    feed.recall(history);
    this.#feeds.set(address, feed);
    if (isReplaced) this.#tell({ environmentId, view, kind: 'reset', revision: state.revision, checksum: state.checksum });
  }

  /** Forgets an environment. */
  close(environmentId: string): void {
    for (const view of ['server', 'client'] as const) this.#feeds.delete(addressOf(environmentId, view));
  }

  /** Leads a snapshot on and tells everyone; a delta that does not fit changes nothing. */
  publish(environmentId: string, view: View, delta: Delta): DeltaOutcome {
    const feed = this.#feeds.get(addressOf(environmentId, view));
    const result = feed?.publish(delta) ?? { outcome: 'resync', because: 'environment' };
    if (result.outcome === 'applied') this.#tell({ environmentId, view, kind: 'delta', delta });
    return result;
  }

  /** Says that what is held may be old, or that it is the newest again; tells everyone when that is news. */
  setStale(environmentId: string, isStale: boolean): void {
    if (this.isStale(environmentId) === isStale) return;
    if (isStale) this.#stale.add(environmentId);
    else this.#stale.delete(environmentId);
    for (const view of ['server', 'client'] as const) {
      const head = this.head(environmentId, view);
      if (head === undefined) continue;
      const { revision, checksum } = head;
      this.#tell({ environmentId, view, ...(isStale ? { kind: 'stale' } : { kind: 'reset', revision, checksum }) });
    }
  }

  isStale(environmentId: string): boolean {
    return this.#stale.has(environmentId);
  }

  state(environmentId: string, view: View): SnapshotState | undefined {
    return this.#feeds.get(addressOf(environmentId, view))?.state;
  }

  head(environmentId: string, view: View): Head | undefined {
    return this.state(environmentId, view);
  }

  body(environmentId: string, view: View): SnapshotBody | undefined {
    return this.#feeds.get(addressOf(environmentId, view))?.body();
  }

  since(environmentId: string, view: View, revision: number, checksum?: number): Since {
    return this.#feeds.get(addressOf(environmentId, view))?.since(revision, checksum) ?? 'gone';
  }

  checksumAt(environmentId: string, view: View, revision: number): number | undefined {
    return this.#feeds.get(addressOf(environmentId, view))?.checksumAt(revision);
  }

  refresh(environmentId: string): Promise<void> {
    return this.#refresh(environmentId);
  }

  subscribe(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }
}

function addressOf(environmentId: string, view: View): string {
  return `${view}:${environmentId}`;
}
