import type { View } from '@ballast/protocol';
import type { KeyEntry } from './relay-messages.js';

/** Who knows which keys open an environment: the database of a server, or what a relay was told. */
export interface KeySource {
  /** Makes sure that the keys of an environment are known; rejects when they cannot be read. */
  load(environmentId: string): Promise<void>;
  /** The keys of an environment that was loaded. */
  current(environmentId: string): readonly KeyEntry[];
  /** The moment by which keys come to their end, epoch milliseconds. */
  now(): number;
  /** Calls back whenever the keys of an environment that was loaded have changed. */
  subscribe(listener: (environmentId: string) => void): () => void;
}

/** Which content a key of this kind sees. */
export function viewOf({ kind }: Pick<KeyEntry, 'kind'>): View {
  return kind === 'client' ? 'client' : 'server';
}
