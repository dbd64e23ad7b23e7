import type { Beyond, Tally } from '@ballast/protocol';
import { standingOf } from './absences.js';
import { MAX_ROLL, markOf, packRoll, type RollEntry, type Standing, unpackRoll } from './roll.js';

/** Nobody. */
export const NOBODY: Beyond = { polling: 0, late: 0, lost: 0, away: 0 };

/** A roll, and counts of those that found no room in it. */
export type RollCall = Required<Pick<Tally, 'roll' | 'beyond'>>;

/** Packs a roll of at most so many lines: those who are missed first, those who came lately last; whoever finds no room is counted. */
export function rollCall(entries: readonly RollEntry[], beyond = NOBODY, most = MAX_ROLL): RollCall {
  const sorted = entries.length <= most ? entries : [...entries].sort((a, b) => rank(a.standing) - rank(b.standing));
  return { roll: packRoll(sorted.slice(0, most)), beyond: addBeyond([beyond, countStandings(sorted.slice(most))]) };
}

/** What a tally says of those who may be known elsewhere too; a process that calls no roll tells what is in its list. */
export function rollOf({ roll, absent }: Pick<Tally, 'roll' | 'absent'>): readonly RollEntry[] {
  if (roll !== undefined) return unpackRoll(roll);
  return absent.flatMap((report) => ({ mark: markOf(report), ageMs: report.seenMs, standing: standingOf(report) }));
}

/** One roll of several: of those without a stream the last word counts. */
export function mergeRolls(rolls: readonly (readonly RollEntry[])[]): readonly RollEntry[] {
  const latest = new Map<string, RollEntry>();
  const connected = new Map<string, RollEntry>();
  for (const entry of rolls.flat()) {
    const known = entry.standing === 'connected' ? connected : latest;
    const before = known.get(entry.mark);
    if (before === undefined || entry.ageMs < before.ageMs) known.set(entry.mark, entry);
  }
  return [...latest.values(), ...connected.values()];
}

/** Adds counts up. */
export function addBeyond(counts: readonly Beyond[]): Beyond {
  const sum = (name: keyof Beyond) => counts.reduce((total, each) => total + each[name], 0);
  return { polling: sum('polling'), late: sum('late'), lost: sum('lost'), away: sum('away') };
}

/** How many of these stand how; who is connected or took leave is not counted. */
export function countStandings(entries: readonly Pick<RollEntry, 'standing'>[]): Beyond {
  const counts = { ...NOBODY };
  for (const { standing } of entries) if (standing !== 'connected' && standing !== 'gone') counts[standing] += 1;
  return counts;
}

const RANKS: readonly Standing[] = ['lost', 'away', 'late', 'polling', 'gone', 'connected'];

function rank(standing: Standing): number {
  return RANKS.indexOf(standing);
}
