import type { Question } from '@ballast/protocol';
import type { Who } from './instances.js';

/** What is kept of one connection. */
export interface Held extends Who {
  revision: number | undefined;
  /** The newest it ever said it held: what it goes back to and comes back from is no news. */
  newest: number;
  at: number | undefined;
  readonly enteredAt: number;
  /** When it was heard of last. */
  seenAt: number;
  /** When it last moved on. */
  movedAt: number;
}

/** Whether a question asks for it. */
export function isWanted({ instance, keyId, revision = -1 }: Held, { only = {}, after = '', revision: target }: Question): boolean {
  if (instance <= after || (only.behind === true && revision >= target)) return false;
  return (only.keyId ?? keyId) === keyId && (only.names ?? [instance]).includes(instance);
}

/** The first so many by name, without putting all in order: they may be ten thousand, and a question is answered anew with every few receipts. */
export function firstByName(wanted: readonly Held[], limit: number): readonly Held[] {
  let first: Held[] = [];
  let gathered: Held[] = [];
  for (const held of wanted) {
    const last = first.length < limit ? undefined : first[limit - 1];
    if (last !== undefined && held.instance >= last.instance) continue;
    gathered.push(held);
    if (gathered.length < limit) continue;
    first = [...first, ...gathered].sort(byName).slice(0, limit);
    gathered = [];
  }
  return [...first, ...gathered].sort(byName).slice(0, limit);
}

function byName(a: Held, b: Held): number {
  return a.instance < b.instance ? -1 : 1;
}
