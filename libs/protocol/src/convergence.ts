import { type Check, count, each, isCount, oneOf, optional, type Parse, parser, shape, text, when } from './shape.js';

/** How an instance is doing. `wedged`: it answers heartbeats but does not move on. `silent`: connected, but nothing is heard of it. `lost`: its stream broke off. `gone`: it took leave. */
export type InstanceState = 'current' | 'behind' | 'wedged' | 'silent' | 'lost' | 'gone' | 'polling';

/** One instance of an SDK, as the process that it talks to knows it. Times are ages, so that no two clocks need to agree. */
export interface InstanceReport {
  readonly instance: string;
  readonly sdk: string;
  readonly keyId: string;
  /** The revision it said it holds; null before it said so. */
  readonly revision: number | null;
  readonly state: InstanceState;
  /** How long ago it was heard of, milliseconds. */
  readonly seenMs: number;
  /** For how long there has been something newer than what it holds, milliseconds. */
  readonly behindMs: number;
  /** Between its last two requests, milliseconds; of those that poll. */
  readonly gapMs?: number;
  /** The instance of the relay it is connected to; absent when it is connected to a server. */
  readonly relay?: string;
}

/** What to look for, asked of servers and relays. */
export interface Question {
  /** The revision that is to have arrived. */
  readonly revision: number;
  /** Which instances to list: all, those that have not applied the revision, those of a key, or those with these names. */
  readonly only?: { readonly behind?: boolean; readonly keyId?: string; readonly names?: readonly string[] };
  /** List from the first name after this one. */
  readonly after?: string;
  /** Instances to list at most. */
  readonly limit: number;
  /** Instances in each of the other lists at most. */
  readonly most: number;
  /** Call the roll, and list those without a stream among the others. */
  readonly roll?: boolean;
  /** Marks of instances, packed: which of them are connected? */
  readonly seek?: string;
}

/** Server to relay: answer this now, and again whenever the answer changes, until `forMs` are over. */
export interface Ask extends Question {
  readonly id: string;
  readonly forMs: number;
}

/** How long a revision took from its commit to the receipts of those that were connected. */
export interface RevisionPropagation {
  readonly revision: number;
  /** Sparse histogram of milliseconds, base-2 exponential at scale 4: gap, count, gap, count … */
  readonly hist: readonly number[];
  readonly maxMs: number;
}

/** What one server or relay knows, with the relays below it. */
export interface Tally {
  /** Instances connected by a stream. */
  readonly connected: number;
  /** Those of them that hold the revision asked for, or a newer one. */
  readonly applied: number;
  readonly wedged: number;
  readonly silent: number;
  /** Relays below, at any depth, and those of them that have not answered yet. */
  readonly relays: number;
  readonly waitingRelays: number;
  /** Instances connected per key. */
  readonly keys: { readonly [keyId: string]: number };
  readonly propagation: readonly RevisionPropagation[];
  /** The page asked for, by name. */
  readonly listed: readonly InstanceReport[];
  /** Whether more would follow. */
  readonly hasMore: boolean;
  /** Connected instances that are wedged or silent. */
  readonly troubled: readonly InstanceReport[];
  /** Instances without a stream here that were heard of lately: polling, or lost. They may have one elsewhere. Asked by name, also those that are gone. */
  readonly absent: readonly InstanceReport[];
  /** When the roll was called: a mark of everyone who may be known elsewhere too, packed. Its bound is far above that of the lists. */
  readonly roll?: string;
  /** Instances without a stream that found no room in the roll. */
  readonly beyond?: Beyond;
  /** Those of the marks sought that are connected, packed. */
  readonly found?: string;
}

/** Counts of instances without a stream. `away`: the stream broke off a moment ago. */
export interface Beyond {
  readonly polling: number;
  readonly late: number;
  readonly lost: number;
  readonly away: number;
}

/** Relay to server. */
export interface Answer {
  readonly id: string;
  readonly tally: Tally;
}

/** Instances in one list of a tally at most. */
export const MAX_REPORTS = 200;
/** Characters of what is packed at most. */
const MAX_PACKED = 1_000_000;

const boundedList = (most: number, check: Check): Check => {
  const list = each('list', check);
  return (value) => (Array.isArray(value) && value.length > most ? '' : list(value));
};
const flag = when((value) => typeof value === 'boolean');
const numbers = when((value) => Array.isArray(value) && value.length <= 1024 && value.every(isCount));
const revision = when((value) => value === null || isCount(value));

const report: Check = shape({
  instance: text(64),
  sdk: text(64),
  keyId: text(64),
  revision,
  state: oneOf('current', 'behind', 'wedged', 'silent', 'lost', 'gone', 'polling'),
  seenMs: count,
  behindMs: count,
  gapMs: optional(count),
  relay: optional(text(64)),
});
const reports = boundedList(MAX_REPORTS, report);
const packed = optional(text(MAX_PACKED));

const tally: Check = shape({
  connected: count,
  applied: count,
  wedged: count,
  silent: count,
  relays: count,
  waitingRelays: count,
  keys: each('record', count, text(64)),
  propagation: boundedList(64, shape({ revision: count, hist: numbers, maxMs: count })),
  listed: reports,
  hasMore: flag,
  troubled: reports,
  absent: reports,
  roll: packed,
  beyond: optional(shape({ polling: count, late: count, lost: count, away: count })),
  found: packed,
});

const question = {
  revision: count,
  only: optional(shape({ behind: optional(flag), keyId: optional(text(64)), names: optional(boundedList(MAX_REPORTS, text(64))) })),
  after: optional(text(64)),
  limit: count,
  most: count,
  roll: optional(flag),
  seek: packed,
};

/** Parses a question. */
export const parseQuestion: Parse<Question> = parser('question', shape(question));

/** Parses a question of a server to a relay. */
export const parseAsk: Parse<Ask> = parser('ask', shape({ ...question, id: text(64), forMs: count }));

/** Parses what a server or relay knows. */
export const parseTally: Parse<Tally> = parser('tally', tally);

/** Parses a relay's answer. */
export const parseAnswer: Parse<Answer> = parser('answer', shape({ id: text(64), tally }));
