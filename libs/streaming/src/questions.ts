import { type Answer, type Ask, type InstanceReport, MAX_REPORTS, type Tally } from '@ballast/protocol';
import type { Who } from './instances.js';
import { EMPTY_TALLY, mergeTallies } from './merge-tallies.js';
import type { Receipts } from './receipts.js';
import { type FoundEntry, keyMarkOf, markOf, packFound, unpackMarks } from './roll.js';

/** Reports in one list of a relay's answer at most: an answer is one message of the socket. */
const RELAY_REPORTS = 32;
/** An answer that keeps changing is told again after at most this long, and after less where few are connected. */
const LONGEST_PAUSE_MS = 50;
const CONNECTIONS_PER_MS = 200;

/** A relay that is connected here. */
export type RelayBelow = Omit<Who, 'view'>;

/** The relays that are connected here: each answers for everyone who is connected to it. */
export interface RelaysBelow {
  relays(environmentId: string): readonly RelayBelow[];
  /** Asks all relays of an environment. */
  ask(environmentId: string, ask: Ask): void;
}

const NO_RELAYS: RelaysBelow = { relays: () => [], ask: () => undefined };

interface Open {
  readonly environmentId: string;
  readonly ask: Ask;
  readonly tell: (tally: Tally) => void;
  /** What the relays said, by key and instance. */
  readonly answers: Map<string, Tally>;
  timer: NodeJS.Timeout | undefined;
  deadline: NodeJS.Timeout | undefined;
  told: string;
}

/** Questions about convergence that are open: each is answered at once, and again whenever the answer changes. */
export class Questions {
  readonly #receipts: Receipts;
  readonly #open = new Map<string, Open>();
  #relays = NO_RELAYS;

  constructor(receipts: Receipts) {
    this.#receipts = receipts;
  }

  /** From now on these relays are asked too. */
  askAlso(relays: RelaysBelow): void {
    this.#relays = relays;
  }

  /** Asks here and all relays below. The answer is told until the question is over or the returned function is called; asked again, it replaces itself. */
  open(environmentId: string, ask: Ask, tell: (tally: Tally) => void): () => void {
    this.#close(this.#open.get(ask.id));
    const open: Open = { environmentId, ask, tell, answers: new Map(), timer: undefined, told: '', deadline: undefined };
    const end = () => this.#close(open);
    this.#open.set(ask.id, open);
    // Before the deadline is set: whoever has no time at all is still told what is known here.
    this.#schedule(open, 0);
    open.deadline = setTimeout(end, ask.forMs);
    open.deadline.unref();
    this.#relays.ask(environmentId, forRelays(ask));
    return end;
  }

  /** Something changed among the instances of an environment. */
  changed(environmentId: string): void {
    if (this.#open.size === 0) return;
    const pause = Math.min(LONGEST_PAUSE_MS, this.#receipts.count(environmentId) / CONNECTIONS_PER_MS);
    for (const open of this.#open.values()) if (open.environmentId === environmentId) this.#schedule(open, pause);
  }

  /** A relay came: it has not been asked yet. */
  relayEntered(): void {
    for (const open of this.#open.values()) {
      this.#relays.ask(open.environmentId, forRelays(open.ask));
      this.#schedule(open, 0);
    }
  }

  /** A relay is gone, and everyone who is connected to it out of sight. */
  relayLeft(relay: RelayBelow): void {
    for (const open of this.#open.values()) open.answers.delete(nameOf(relay));
    this.changed(relay.environmentId);
  }

  /** A relay answered. */
  answered(relay: RelayBelow, { id, tally }: Answer): void {
    const open = this.#open.get(id);
    if (open?.environmentId !== relay.environmentId) return;
    open.answers.set(nameOf(relay), below(relay.instance, tally));
    this.#schedule(open, 0);
  }

  #close(open: Open | undefined): void {
    if (open === undefined) return;
    if (this.#open.get(open.ask.id) === open) this.#open.delete(open.ask.id);
    clearTimeout(open.timer);
    clearTimeout(open.deadline);
  }

  /** What is known now, with what the relays below said to this question. */
  #tally({ environmentId, ask, answers }: Open): Tally {
    const own = this.#receipts.tally(environmentId, ask);
    const relays = this.#relays.relays(environmentId);
    const waitingRelays = relays.filter((relay) => !answers.has(nameOf(relay))).length;
    const named = relays.filter(({ instance }) => ask.only?.names?.includes(instance) === true).map(relayReport);
    const counts = { relays: own.relays + relays.length, waitingRelays: own.waitingRelays + waitingRelays };
    const here = { ...own, ...counts, listed: [...own.listed, ...named] };
    return mergeTallies([here, ...foundRelays(relays, ask), ...answers.values()], ask);
  }

  #schedule(open: Open, pause: number): void {
    open.timer ??= setTimeout(() => this.#answer(open), pause);
  }

  #answer(open: Open): void {
    open.timer = undefined;
    const tally = this.#tally(open);
    const content = contentOf(tally);
    if (content === open.told) return;
    open.told = content;
    open.tell(tally);
  }
}

/** Whoever has another key is another relay, whatever it calls itself. */
function nameOf({ keyId, instance }: RelayBelow): string {
  return `${keyId} ${instance}`;
}

/** A relay is no instance, but whoever misses it finds it by its name. */
function relayReport({ instance, sdk, keyId }: RelayBelow): InstanceReport {
  return { instance, sdk, keyId, revision: null, state: 'current', seenMs: 0, behindMs: 0 };
}

/** A relay is sought as an instance is: whoever misses it finds it by its mark. */
function foundRelays(relays: readonly RelayBelow[], { seek }: Ask): readonly Tally[] {
  if (seek === undefined || relays.length === 0) return [];
  const sought = new Set(unpackMarks(seek));
  const entries = relays.flatMap((relay): FoundEntry[] => {
    const mark = markOf(relay);
    return sought.has(mark) ? [{ mark, key: keyMarkOf(relay.keyId), enteredMs: 0, isApplied: true, state: 'relay' }] : [];
  });
  return [{ ...EMPTY_TALLY, found: packFound(entries) }];
}

function forRelays(ask: Ask): Ask {
  return { ...ask, limit: Math.min(ask.limit, RELAY_REPORTS), most: Math.min(ask.most, RELAY_REPORTS) };
}

function below(relay: string, tally: Tally): Tally {
  const through = (reports: Tally['listed']) => reports.slice(0, MAX_REPORTS).map((report) => ({ relay, ...report }));
  return { ...tally, listed: through(tally.listed), troubled: through(tally.troubled), absent: through(tally.absent) };
}

/** What makes one answer different from another; ages always do and do not count. */
function contentOf({ listed, troubled, absent, propagation: _propagation, roll: _roll, found: _found, ...counts }: Tally): string {
  const names = [listed, troubled, absent].map((reports) => reports.map(({ instance, revision, state }) => [instance, revision, state]));
  return JSON.stringify([counts, names]);
}
