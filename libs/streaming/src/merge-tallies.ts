import type { InstanceReport, Question, Tally } from '@ballast/protocol';
import { byTrouble } from './absences.js';
import { inTurns } from './in-turns.js';
import { byName, wholePage } from './pages.js';
import { mergePropagation } from './propagation.js';
import { markOf, packFound, unpackFound } from './roll.js';
import { addBeyond, mergeRolls, NOBODY, rollCall, rollOf } from './roll-call.js';

/** What nobody knows anything of. */
export const EMPTY_TALLY: Tally = {
  connected: 0,
  applied: 0,
  wedged: 0,
  silent: 0,
  relays: 0,
  waitingRelays: 0,
  keys: {},
  propagation: [],
  listed: [],
  hasMore: false,
  troubled: [],
  absent: [],
};

/** What several servers and relays know together. A page ends where the first of them whose list was cut would go on. */
export function mergeTallies(tallies: readonly Tally[], { limit, most }: Pick<Question, 'limit' | 'most'>): Tally {
  const sum = (count: (tally: Tally) => number) => tallies.reduce((total, tally) => total + count(tally), 0);
  const sorted = [...best(tallies.flatMap(({ listed }) => listed))].sort(byName);
  const ends = tallies.flatMap(({ hasMore, listed }) => (hasMore ? [listed.at(-1)?.instance ?? ''] : []));
  const known = sorted.filter(({ instance }) => ends.every((end) => instance <= end));
  const listed = wholePage(known, limit);
  return {
    connected: sum(({ connected }) => connected),
    applied: sum(({ applied }) => applied),
    wedged: sum(({ wedged }) => wedged),
    silent: sum(({ silent }) => silent),
    relays: sum(({ relays }) => relays),
    waitingRelays: sum(({ waitingRelays }) => waitingRelays),
    keys: addKeys(tallies),
    propagation: mergePropagation(tallies.flatMap(({ propagation }) => propagation)),
    listed,
    hasMore: ends.length > 0 || known.length > listed.length,
    troubled: inTurns(tallies.flatMap(({ troubled }) => troubled)).slice(0, most),
    absent: byTrouble(best(tallies.flatMap(({ absent }) => absent))).slice(0, most),
    ...packed(tallies),
  };
}

function addKeys(tallies: readonly Tally[]): Tally['keys'] {
  const keys = new Map<string, number>();
  for (const tally of tallies) for (const [keyId, count] of Object.entries(tally.keys)) keys.set(keyId, (keys.get(keyId) ?? 0) + count);
  return Object.fromEntries(keys);
}

/** What is packed in tallies, packed into one. */
function packed(tallies: readonly Tally[]): Pick<Tally, 'roll' | 'beyond' | 'found'> {
  const calls = tallies.filter(({ roll }) => roll !== undefined);
  const found = tallies.flatMap((tally) => tally.found ?? []);
  return {
    ...(calls.length > 0 && rollCall(mergeRolls(tallies.map(rollOf)), addBeyond(tallies.map(({ beyond = NOBODY }) => beyond)))),
    ...(found.length > 0 && { found: packFound(found.flatMap(unpackFound)) }),
  };
}

/** One report of each: who is connected is not absent, and the last word counts. */
function best(reports: readonly InstanceReport[]): readonly InstanceReport[] {
  const isAway = ({ state }: InstanceReport) => state === 'polling' || state === 'lost' || state === 'gone';
  const byMark = new Map<string, InstanceReport>();
  for (const report of [...reports].sort((a, b) => Number(isAway(a)) - Number(isAway(b)) || a.seenMs - b.seenMs)) {
    if (!byMark.has(markOf(report))) byMark.set(markOf(report), report);
  }
  return [...byMark.values()];
}
