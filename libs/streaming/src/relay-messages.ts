import { type Delta, type Parse, parseDelta, parseSnapshot, type Snapshot } from '@ballast/protocol';

/** Where relays connect; SDKs have a namespace of their own. */
export const RELAY_NAMESPACE = '/relay';

/** What a relay needs to know of a key to let its bearer in: never the secret. */
export interface KeyEntry {
  readonly id: string;
  readonly kind: 'server' | 'client' | 'relay';
  /** SHA-256 of the secret, base64. */
  readonly hash: string;
  /** Epoch milliseconds; null when it does not end by itself. */
  readonly expiresAt: number | null;
}

/** Every key that opens the environment now. */
export interface KeyList {
  readonly keys: readonly KeyEntry[];
}

/** The first message to a relay. */
export interface Welcome extends KeyList {
  readonly environmentId: string;
  /** The newest revision there is upstream. */
  readonly revision: number;
  /** Whether upstream is itself a relay that hears nothing. */
  readonly isStale: boolean;
  /** The moment, epoch milliseconds by upstream's clock; absent where upstream is older than this. */
  readonly now?: number;
}

/** One step of both views, from the same revision to the same revision. */
export interface PairDelta {
  readonly server: Delta;
  readonly client: Delta;
}

/** Both views of an environment at one revision. */
export interface PairSnapshot {
  readonly environmentId: string;
  readonly server: Snapshot;
  readonly client: Snapshot;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const KINDS: readonly unknown[] = ['server', 'client', 'relay'] satisfies readonly KeyEntry['kind'][];

/** Whether a key can be read, of whatever kind it is. */
function isEntry(value: unknown): value is Omit<KeyEntry, 'kind'> & { readonly kind: string } {
  if (!isRecord(value)) return false;
  const { id, kind, hash, expiresAt } = value;
  const isNamed = typeof id === 'string' && typeof kind === 'string' && typeof hash === 'string';
  return isNamed && (expiresAt === null || isCount(expiresAt));
}

function isKnown(entry: { readonly kind: string }): entry is KeyEntry {
  return KINDS.includes(entry.kind);
}

/** The keys of kinds that are known here: a newer server may have others, and what they open is not for this relay to say. Undefined when it is no list. */
function keysOf(value: unknown): readonly KeyEntry[] | undefined {
  if (!isRecord(value) || !Array.isArray(value.keys)) return undefined;
  const entries: readonly unknown[] = value.keys;
  return entries.every(isEntry) ? entries.filter(isKnown) : undefined;
}

function isWelcome(value: unknown): value is Omit<Welcome, 'keys'> {
  const isPlaced = isRecord(value) && typeof value.environmentId === 'string' && isCount(value.revision);
  return isPlaced && typeof value.isStale === 'boolean' && (value.now === undefined || isCount(value.now));
}

/** Parses a list of keys. */
export const parseKeyList: Parse<KeyList> = (value) => {
  const keys = keysOf(value);
  return keys === undefined ? 'not a list of keys' : { keys };
};

/** Parses upstream's moment, with which it says that it is there. */
export const parseMoment: Parse<number> = (value) => (isCount(value) ? value : 'not a moment');

/** Parses the first message from upstream. */
export const parseWelcome: Parse<Welcome> = (value) => {
  const keys = keysOf(value);
  return isWelcome(value) && keys !== undefined ? { ...value, keys } : 'not a welcome';
};

/** Parses a step of both views. */
export const parsePairDelta: Parse<PairDelta> = (value) => {
  if (!isRecord(value)) return 'not a pair of deltas';
  const [server, client] = [parseDelta(value.server), parseDelta(value.client)];
  if (typeof server === 'string' || typeof client === 'string') return 'not a pair of deltas';
  return server.from === client.from && server.to === client.to ? { server, client } : 'deltas of different revisions';
};

/** Parses a snapshot of both views; their checksums are verified by `stateFrom`. */
export const parsePairSnapshot: Parse<PairSnapshot> = (value) => {
  if (!isRecord(value) || typeof value.environmentId !== 'string') return 'not a pair of snapshots';
  const [server, client] = [parseSnapshot(value.server), parseSnapshot(value.client)];
  if (typeof server === 'string' || typeof client === 'string') return 'not a pair of snapshots';
  const { environmentId } = value;
  return server.revision === client.revision ? { environmentId, server, client } : 'snapshots of different revisions';
};
