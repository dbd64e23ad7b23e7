import type { InstanceReport, Question, Tally } from '@ballast/protocol';
import { byTrouble } from './absences.js';
import { mergePropagation } from './propagation.js';

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
  const sorted = byName(tallies.flatMap(({ listed }) => listed));
  const ends = tallies.flatMap(({ hasMore, listed }) => (hasMore ? [listed.at(-1)?.instance ?? ''] : []));
  const known = sorted.filter(({ instance }) => ends.every((end) => instance <= end));
  return {
    connected: sum(({ connected }) => connected),
    applied: sum(({ applied }) => applied),
    wedged: sum(({ wedged }) => wedged),
    silent: sum(({ silent }) => silent),
    relays: sum(({ relays }) => relays),
    waitingRelays: sum(({ waitingRelays }) => waitingRelays),
    keys: addKeys(tallies),
    propagation: mergePropagation(tallies.flatMap(({ propagation }) => propagation)),
    listed: known.slice(0, limit),
    hasMore: ends.length > 0 || known.length > limit,
    troubled: tallies.flatMap(({ troubled }) => troubled).slice(0, most),
    absent: byTrouble(latest(tallies.flatMap(({ absent }) => absent))).slice(0, most),
  };
}

function addKeys(tallies: readonly Tally[]): Tally['keys'] {
  const keys = new Map<string, number>();
  for (const tally of tallies) for (const [keyId, count] of Object.entries(tally.keys)) keys.set(keyId, (keys.get(keyId) ?? 0) + count);
  return Object.fromEntries(keys);
}

function byName(reports: readonly InstanceReport[]): readonly InstanceReport[] {
  return [...reports].sort((a, b) => (a.instance < b.instance ? -1 : Number(a.instance > b.instance)));
}

/** Who polls is known to every server that it has reached: the last one's word counts, and it asks as often as it was heard of anywhere. */
function latest(reports: readonly InstanceReport[]): readonly InstanceReport[] {
  const byInstance = new Map<string, InstanceReport>();
  for (const report of [...reports].sort((a, b) => a.seenMs - b.seenMs)) {
    if (!byInstance.has(report.instance)) byInstance.set(report.instance, report);
  }
  return [...byInstance.values()];
}
