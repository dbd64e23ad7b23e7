import type { Beyond, InstanceReport, Tally } from '@ballast/protocol';
import { standingOf } from './absences.js';
import { type FoundEntry, keyMarkOf, markOf, type RollEntry, unpackFound, unpackRoll } from './roll.js';
import { addBeyond, countStandings, NOBODY, rollOf } from './roll-call.js';

/** What was found, and how long before that was counted. */
export interface Found {
  readonly packed: string;
  /** Those that were asked for by name: whoever knows no marks lists them. */
  readonly listed: readonly InstanceReport[];
  readonly sinceMs: number;
}

/** A search: its answers, and the revision that was asked for. */
export interface Search {
  readonly parts: readonly Found[];
  readonly revision: number;
}

/** A tally in which nobody is counted twice. */
export interface Reconciled {
  readonly tally: Tally;
  /** Instances without a stream anywhere, all of them, also those that no list has room for. */
  readonly without: Beyond;
  /** The name that the next page begins after; undefined when there is none. */
  readonly next: string | undefined;
}

/** The marks of all who may be known to several processes: those on the roll, and those in the lists. */
export function soughtMarks(
  roll: Pick<Tally, 'roll' | 'absent'>,
  { listed, troubled }: Pick<Tally, 'listed' | 'troubled'>,
): readonly string[] {
  return [...new Set([...rollOf(roll).map(({ mark }) => mark), ...[...listed, ...troubled].map(markOf)])];
}

/**
 * Puts together what a tally, a roll and a search say. Who is connected anywhere is not missed; of two connections of one instance the newer
 * counts, for the older one is dead and its end does not know it yet.
 */
export function reconcile(tally: Tally, call: Pick<Tally, 'roll' | 'absent' | 'beyond'>, { parts, revision }: Search): Reconciled {
  const all = new Set(parts.flatMap(({ packed, listed }) => [...unpackFound(packed).map(({ mark }) => mark), ...listed.map(markOf)]));
  const holders = holdersOf(parts.flatMap((each) => countedOf(each, tally)));
  const absent = new Map<string, RollEntry>();
  for (const entry of rollOf(call)) if (entry.standing !== 'connected' && !all.has(entry.mark)) absent.set(entry.mark, entry);
  const dead = [...holders.values()].flatMap((entries) => entries.slice(1)).filter(({ state }) => state !== 'relay');
  const isThere = (report: InstanceReport) => {
    const standing = standingOf(report);
    if (standing !== 'connected') return standing !== 'gone' && absent.get(markOf(report))?.standing === standing;
    return isRight(report, holders.get(markOf(report)) ?? [], revision);
  };
  return {
    tally: {
      ...without(tally, dead),
      listed: tally.listed.filter(isThere),
      troubled: tally.troubled.filter(isThere),
      absent: call.absent.filter(isThere),
    },
    without: addBeyond([countStandings([...absent.values()]), call.beyond ?? NOBODY]),
    next: tally.hasMore ? tally.listed.at(-1)?.instance : undefined,
  };
}

/** Those that were there when everybody was counted: who came only afterwards takes nobody's place. */
function countedOf({ packed, sinceMs }: Found, { roll = '' }: Pick<Tally, 'roll'>): readonly FoundEntry[] {
  const came = new Set(unpackRoll(roll).flatMap(({ mark, standing }) => (standing === 'connected' ? mark : [])));
  return unpackFound(packed).filter(({ mark, enteredMs }) => enteredMs > sinceMs || came.has(mark));
}

/** The connections of each mark, the newest first. */
function holdersOf(found: readonly FoundEntry[]): ReadonlyMap<string, readonly FoundEntry[]> {
  const holders = new Map<string, FoundEntry[]>();
  for (const entry of [...found].sort((a, b) => a.enteredMs - b.enteredMs))
    holders.set(entry.mark, [...(holders.get(entry.mark) ?? []), entry]);
  return holders;
}

/** Whether a report of a connected instance is of the connection that counts. */
function isRight({ revision: held, state }: InstanceReport, [newest, ...older]: readonly FoundEntry[], revision: number): boolean {
  if (newest === undefined || older.length === 0) return true;
  if (newest.isApplied) return (held ?? -1) >= revision && state !== 'wedged';
  return newest.state === 'well' || newest.state === state;
}

function without(tally: Tally, dead: readonly FoundEntry[]): Tally {
  const count = (is: (entry: FoundEntry) => boolean) => dead.filter(is).length;
  const keys = Object.entries(tally.keys).map(([keyId, held]) => [keyId, held - count(({ key }) => key === keyMarkOf(keyId))] as const);
  return {
    ...tally,
    connected: tally.connected - dead.length,
    applied: tally.applied - count(({ isApplied }) => isApplied),
    wedged: tally.wedged - count(({ state }) => state === 'wedged'),
    silent: tally.silent - count(({ state }) => state === 'silent'),
    keys: Object.fromEntries(keys.filter(([, held]) => held > 0)),
  };
}
