import type { InstanceReport, Question, Tally, View } from '@ballast/protocol';
import { type Absences, byTrouble } from './absences.js';
import { firstByName, foundEntry, type Held, isWanted, newcomers } from './held.js';
import { inTurns } from './in-turns.js';
import { byName, wholePage } from './pages.js';
import { type FoundEntry, packFound, unpackMarks } from './roll.js';
import { rollCall } from './roll-call.js';

/** Keys that one name is looked for under at the end of a page. */
const SAME_NAME = 8;

/** One connected instance, judged. */
export interface JudgedHeld {
  readonly held: Held;
  /** The revision that it counts as holding; -1 for none. */
  readonly counted: number;
  readonly state: 'current' | 'behind' | 'wedged' | 'silent';
}

/** What a process knows of the instances of an environment. */
export interface OwnKnowledge {
  readonly now: number;
  /** The newest revision that anybody can hold. */
  readonly newest: number;
  readonly all: readonly JudgedHeld[];
  readonly absences: Readonly<Record<View, Absences>>;
  readonly report: (judged: JudgedHeld) => InstanceReport;
}

/** What a process says to a question, but for its relays and the propagation of changes. */
export function ownTally(known: OwnKnowledge, question: Question): Omit<Tally, 'relays' | 'waitingRelays' | 'propagation'> {
  const { now, newest, all, absences, report } = known;
  const troubled = all.filter(({ state }) => state === 'wedged' || state === 'silent');
  const absent = [...absences.server.reports(now, question), ...absences.client.reports(now, question)].map((each) => {
    return (each.revision ?? 0) > newest ? { ...each, revision: null } : each;
  });
  return {
    connected: all.length,
    applied: all.filter(({ counted }) => counted >= question.revision).length,
    wedged: troubled.filter(({ state }) => state === 'wedged').length,
    silent: troubled.filter(({ state }) => state === 'silent').length,
    keys: countKeys(all),
    ...listing(known, absent, question),
    troubled: inTurns(troubled.map(report)).slice(0, question.most),
    absent: byTrouble(absent).slice(0, question.most),
    ...(question.roll === true && roll(known, question)),
    ...(question.seek !== undefined && { found: found(known, question.seek, question.revision) }),
  };
}

/** The page asked for. Whoever calls the roll wants those without a stream among the others. */
function listing({ all, report }: OwnKnowledge, absent: readonly InstanceReport[], question: Question): Pick<Tally, 'listed' | 'hasMore'> {
  const { limit } = question;
  if (limit === 0) return { listed: [], hasMore: false };
  const judged = new Map(all.flatMap((each) => (isWanted(each.held, each.counted, question) ? [[each.held, each] as const] : [])));
  const others = question.roll === true ? absent.filter((each) => isWanted(each, each.revision ?? -1, question)) : [];
  const first = firstByName([...judged.keys()], limit + SAME_NAME).flatMap((held) => judged.get(held) ?? []);
  const sorted = [...first.map(report), ...firstByName(others, limit + SAME_NAME)].sort(byName);
  const listed = wholePage(sorted, limit);
  return { listed, hasMore: judged.size + others.length > listed.length };
}

function countKeys(all: readonly JudgedHeld[]): Tally['keys'] {
  const keys = new Map<string, number>();
  for (const { held } of all) keys.set(held.keyId, (keys.get(held.keyId) ?? 0) + 1);
  return Object.fromEntries(keys);
}

function roll({ now, all, absences }: OwnKnowledge, question: Question) {
  const { keyId } = question.only ?? {};
  const connected = all.map(({ held }) => held).filter((held) => (keyId ?? held.keyId) === held.keyId);
  return rollCall([...absences.server.roll(now, question), ...absences.client.roll(now, question), ...newcomers(connected, now)]);
}

function found({ now, all }: OwnKnowledge, seek: string, revision: number): string {
  const sought = new Set(unpackMarks(seek));
  const entries = all.flatMap(({ held, counted, state }): FoundEntry[] => {
    if (!sought.has(held.mark)) return [];
    return [foundEntry(held, now, { isApplied: counted >= revision, state: state === 'wedged' || state === 'silent' ? state : 'well' })];
  });
  return packFound(entries);
}
