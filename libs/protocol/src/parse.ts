import type { Delta, Goodbye, Reset, Snapshot } from './messages.js';
import { DEEPEST, isCount, isRecord, type Parse } from './shape.js';

/** JSON as it may be hashed and evaluated: bounded in depth, numbers finite. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isJson(member, depth - 1));
}

/** Whether the variants hold what the flag's type promises; an array counts as an object. */
function areVariants(variants: unknown, type: unknown): boolean {
  return isRecord(variants) && Object.values(variants).every((value) => value !== null && typeof value === type);
}

/** A flag or a segment under its own key. Shapes within it are the engine's to judge: what it does not know fails closed, alone. */
function isEntry(kind: string, key: string, value: unknown): boolean {
  const isSound = isRecord(value) && value.key === key && isCount(value.version) && isJson(value, DEEPEST);
  return isSound && (kind === 'segment' || areVariants(value.variants, value.type));
}

function areEntries(kind: string, entries: unknown): boolean {
  return isRecord(entries) && Object.entries(entries).every(([key, value]) => isEntry(kind, key, value));
}

function isChange(change: unknown): boolean {
  if (!isRecord(change)) return false;
  const { kind, key, value } = change;
  return (kind === 'flag' || kind === 'segment') && typeof key === 'string' && (value === null || isEntry(kind, key, value));
}

function isPlace(value: unknown): value is { readonly [key: string]: unknown } {
  return isRecord(value) && typeof value.environment === 'string' && isCount(value.checksum);
}

function isSnapshot(value: unknown): value is Snapshot {
  return isPlace(value) && isCount(value.revision) && areEntries('flag', value.flags) && areEntries('segment', value.segments);
}

function isDelta(value: unknown): value is Delta {
  return isPlace(value) && isCount(value.from) && isCount(value.to) && Array.isArray(value.changes) && value.changes.every(isChange);
}

function isReset(value: unknown): value is Reset {
  return isRecord(value) && isCount(value.revision) && (value.checksum === undefined || isCount(value.checksum));
}

/** Parses an environment's snapshot; the checksum is verified by `stateFrom`. */
export const parseSnapshot: Parse<Snapshot> = (value) => (isSnapshot(value) ? value : 'not a snapshot');

/** Parses a delta; the chain and the checksum are verified by `applyDelta`. */
export const parseDelta: Parse<Delta> = (value) => (isDelta(value) ? value : 'not a delta');

/** Parses the server's word that the snapshot is to be fetched. */
export const parseReset: Parse<Reset> = (value) => (isReset(value) ? value : 'not a reset');

/** Parses the reason why the server is about to close; one that is not known counts as moved. */
export function parseGoodbye(value: unknown): Goodbye {
  const reason = isRecord(value) ? value.reason : undefined;
  return { reason: reason === 'revoked' || reason === 'slow' || reason === 'draining' ? reason : 'moved' };
}
