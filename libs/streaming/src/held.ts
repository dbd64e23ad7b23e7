import type { Question } from '@ballast/protocol';
import type { Who } from './instances.js';
import { byName } from './pages.js';
import { type FoundEntry, keyMarkOf, type RollEntry } from './roll.js';

/** Whoever came longer ago than this has no older connection elsewhere that has not been found out to be dead. */
const NEWCOMER_MS = 60_000;

/** What is kept of one connection. */
export interface Held extends Who {
  readonly mark: string;
  revision: number | undefined;
  /** Its checksum there, if it said so. */
  checksum: number | undefined;
  /** The newest it ever said it held: what it goes back to and comes back from is no news. */
  newest: number;
  at: number | undefined;
  readonly enteredAt: number;
  /** When it was heard of last. */
  seenAt: number;
  /** When it last moved on. */
  movedAt: number;
}

/** Whether a question asks for it, as far as it is. */
export function isWanted(
  { instance, keyId }: Pick<Held, 'instance' | 'keyId'>,
  revision: number,
  { only = {}, after = '', revision: target }: Question,
): boolean {
  if (instance <= after || (only.behind === true && revision >= target)) return false;
  return (only.keyId ?? keyId) === keyId && (only.names ?? [instance]).includes(instance);
}

/** The first so many by name, without putting all in order: they may be ten thousand, and a question is answered anew with every few receipts. */
export function firstByName<Some extends { readonly instance: string; readonly keyId: string }>(
  wanted: readonly Some[],
  most: number,
): readonly Some[] {
  let first: Some[] = [];
  let gathered: Some[] = [];
  for (const each of wanted) {
    const last = first[most - 1];
    if (last !== undefined && byName(each, last) > 0) continue;
    gathered.push(each);
    if (gathered.length < most) continue;
    first = [...first, ...gathered].sort(byName).slice(0, most);
    gathered = [];
  }
  return [...first, ...gathered].sort(byName).slice(0, most);
}

/** Lines of a roll for those that came lately: each may have an older connection elsewhere. */
export function newcomers(all: readonly Held[], now: number): readonly RollEntry[] {
  return all.flatMap(({ mark, enteredAt }) => {
    return now - enteredAt > NEWCOMER_MS ? [] : { mark, ageMs: now - enteredAt, standing: 'connected' as const };
  });
}

/** What is found of a connection that was sought. */
export function foundEntry(held: Held, now: number, is: Pick<FoundEntry, 'isApplied' | 'state'>): FoundEntry {
  return { mark: held.mark, key: keyMarkOf(held.keyId), enteredMs: now - held.enteredAt, ...is };
}
