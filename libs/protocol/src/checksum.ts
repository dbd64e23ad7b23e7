import { type Flag, murmur3, type Segment } from '@ballast/evaluation';

/** What a snapshot consists of. */
export type EntryKind = 'flag' | 'segment';

/** Names one entry of a snapshot: `kind:key`. */
export function entryId(kind: EntryKind, key: string): string {
  return `${kind}:${key}`;
}

/** Hash of one entry whose value is already JSON text, as `JSON.stringify` writes it. */
export function entryTextHash(kind: EntryKind, key: string, text: string): number {
  return murmur3(`${kind}:${key}:${text}`);
}

/** Hash of one entry, an unsigned 32-bit number; an entry that is not there counts 0. */
export function entryHash(kind: EntryKind, key: string, value: Flag | Segment | null): number {
  return value === null ? 0 : entryTextHash(kind, key, JSON.stringify(value));
}

/** The checksum after one entry's hash was exchanged for another; either may be 0. */
export function exchange(checksum: number, before: number, after: number): number {
  return (checksum - before + after) >>> 0;
}
