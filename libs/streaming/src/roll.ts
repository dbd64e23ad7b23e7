import { createHash } from 'node:crypto';
import type { Beyond } from '@ballast/protocol';

/** How an instance stands with the process that tells of it. */
export type Standing = 'connected' | 'gone' | keyof Beyond;

/** One line of a roll. */
export interface RollEntry {
  readonly mark: string;
  /** How long ago it came, asked or broke off. */
  readonly ageMs: number;
  readonly standing: Standing;
}

/** A connection that was sought and found. */
export interface FoundEntry {
  readonly mark: string;
  /** The mark of its key. */
  readonly key: string;
  readonly enteredMs: number;
  readonly isApplied: boolean;
  readonly state: 'well' | 'wedged' | 'silent' | 'relay';
}

/** Marks in one roll at most. */
export const MAX_ROLL = 20_000;

const MARK_BYTES = 8;
const ROLL_BYTES = MARK_BYTES + 5;
const FOUND_BYTES = 2 * MARK_BYTES + 5;
const STANDINGS: readonly Standing[] = ['connected', 'gone', 'polling', 'late', 'lost', 'away'];
const STATES: readonly FoundEntry['state'][] = ['well', 'wedged', 'silent', 'relay'];
const APPLIED = 8;
const LONGEST_AGE_MS = 0xff_ff_ff_ff;

/** Names an instance in few bytes. Whoever has another key is somebody else, whatever it calls itself; nobody finds a name that has the mark of another. */
export function markOf({ keyId, instance }: { readonly keyId: string; readonly instance: string }): string {
  return shortHash(`${keyId} ${instance}`);
}

/** Names a key in few bytes. */
export function keyMarkOf(keyId: string): string {
  return shortHash(keyId);
}

/** Packs a roll. */
export function packRoll(entries: readonly RollEntry[]): string {
  const bytes = Buffer.alloc(entries.length * ROLL_BYTES);
  for (const [i, { mark, ageMs, standing }] of entries.entries()) {
    const at = i * ROLL_BYTES;
    bytes.write(mark, at, MARK_BYTES, 'base64url');
    bytes.writeUInt32LE(ageOf(ageMs), at + MARK_BYTES);
    bytes.writeUInt8(STANDINGS.indexOf(standing), at + MARK_BYTES + 4);
  }
  return bytes.toString('base64');
}

/** Unpacks a roll; lines that cannot be read are left out. */
export function unpackRoll(packed: string): readonly RollEntry[] {
  return records(packed, ROLL_BYTES).flatMap((bytes) => {
    const standing = STANDINGS[bytes.readUInt8(MARK_BYTES + 4)];
    return standing === undefined ? [] : { mark: markAt(bytes, 0), ageMs: bytes.readUInt32LE(MARK_BYTES), standing };
  });
}

/** Packs marks. */
export function packMarks(marks: readonly string[]): string {
  return Buffer.concat(marks.map((mark) => Buffer.from(mark, 'base64url'))).toString('base64');
}

/** Unpacks marks. */
export function unpackMarks(packed: string): readonly string[] {
  return records(packed, MARK_BYTES).map((bytes) => markAt(bytes, 0));
}

/** Packs what was found. */
export function packFound(entries: readonly FoundEntry[]): string {
  const bytes = Buffer.alloc(entries.length * FOUND_BYTES);
  for (const [i, { mark, key, enteredMs, isApplied, state }] of entries.entries()) {
    const at = i * FOUND_BYTES;
    bytes.write(mark, at, MARK_BYTES, 'base64url');
    bytes.write(key, at + MARK_BYTES, MARK_BYTES, 'base64url');
    bytes.writeUInt32LE(ageOf(enteredMs), at + 2 * MARK_BYTES);
    bytes.writeUInt8(STATES.indexOf(state) + (isApplied ? APPLIED : 0), at + 2 * MARK_BYTES + 4);
  }
  return bytes.toString('base64');
}

/** Unpacks what was found; lines that cannot be read are left out. */
export function unpackFound(packed: string): readonly FoundEntry[] {
  return records(packed, FOUND_BYTES).flatMap((bytes) => {
    const code = bytes.readUInt8(2 * MARK_BYTES + 4);
    const state = STATES[code % APPLIED];
    const names = { mark: markAt(bytes, 0), key: markAt(bytes, MARK_BYTES) };
    return state === undefined ? [] : { ...names, enteredMs: bytes.readUInt32LE(2 * MARK_BYTES), isApplied: code >= APPLIED, state };
  });
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest().toString('base64url', 0, MARK_BYTES);
}

function records(packed: string, size: number): readonly Buffer[] {
  const bytes = Buffer.from(packed, 'base64');
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function markAt(bytes: Buffer, at: number): string {
  return bytes.toString('base64url', at, at + MARK_BYTES);
}

function ageOf(ms: number): number {
  return Math.min(LONGEST_AGE_MS, Math.max(0, Math.round(ms)));
}
