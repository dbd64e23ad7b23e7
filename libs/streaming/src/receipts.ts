import type { InstanceReport, InstanceState, Question, Tally, View } from '@ballast/protocol';
import type { Held } from './held.js';
import type { Receipt, Who } from './instances.js';
import { type JudgedHeld, ownTally } from './own-tally.js';
import { newPlace, type Place } from './place.js';
import { markOf } from './roll.js';

/** What receipts are measured against. */
export interface ReceiptsOptions {
  readonly now: () => number;
  /** The newest revision of an environment here. */
  readonly headOf: (environmentId: string) => number;
  /** When a recent revision was committed, by the clock of `now`. */
  readonly committedAt: (environmentId: string, revision: number) => number | undefined;
  /** The checksum of what there was at a revision, where it is still known; absent where nobody compares. */
  readonly checksumAt?: (environmentId: string, view: View, revision: number) => number | undefined;
  readonly limits?: Partial<InstanceLimits>;
}

/** When an instance is no longer well. */
export interface InstanceLimits {
  /** Behind and not moving on for this long: wedged. */
  readonly wedgedMs: number;
  /** Nothing heard, no heartbeat either, for this long: silent. A heartbeat comes every 20 s. */
  readonly silentMs: number;
}

const LIMITS: InstanceLimits = { wedgedMs: 10_000, silentMs: 25_000 };

/** How a connected instance can be doing. */
export type ConnectedState = Exclude<InstanceState, 'lost' | 'gone' | 'polling'>;

type Claim = Pick<Held, 'environmentId' | 'view' | 'revision' | 'checksum'>;

/** Who is connected, which revision each of them applied, and who was here a moment ago. */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #limits: InstanceLimits;
  readonly #places = new Map<string, Place>();
  readonly #connections = new Map<string, Held>();

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /** A stream was opened; `connection` is one socket's id, `revision` and `checksum` what its client held then. */
  enter(connection: string, who: Who, revision: number | undefined, checksum?: number): void {
    const now = this.#options.now();
    const { instance, sdk, keyId, environmentId, view } = who;
    const times = { at: undefined, enteredAt: now, seenAt: now, movedAt: now };
    const mark = markOf(who);
    const newest = Math.min(revision ?? -1, this.#options.headOf(environmentId));
    const held: Held = { mark, instance, sdk, keyId, environmentId, view, revision, checksum, newest, ...times };
    const place = this.#place(environmentId);
    this.#connections.set(connection, held);
    place.held.set(mark, held);
    place.absences[view].forget(mark);
  }

  /** A client says what it applied. Answers how long that took since its commit, when it was connected all the while. */
  applied(connection: string, revision: number, at: number, checksum?: number): number | undefined {
    const held = this.#connections.get(connection);
    if (held === undefined) return undefined;
    const { held: instances, propagation } = this.#place(held.environmentId);
    if (!instances.has(held.mark)) instances.set(held.mark, held);
    held.seenAt = this.#options.now();
    Object.assign(held, { revision, checksum, at });
    // What there is not here yet moves nobody on: whoever claims the future again and again is wedged.
    const isKnown = revision <= this.#options.headOf(held.environmentId);
    const isNews = isKnown && revision > held.newest && !this.#isDifferent(held);
    if (isNews) held.movedAt = held.seenAt;
    if (isNews) held.newest = revision;
    const committedAt = isNews ? this.#options.committedAt(held.environmentId, revision) : undefined;
    if (committedAt === undefined || committedAt < held.enteredAt) return undefined;
    const ms = held.seenAt - committedAt;
    propagation.record(revision, ms);
    return ms;
  }

  /** Whether a client holds something else than what there was at the revision that it said. */
  isDifferent(connection: string): boolean {
    const held = this.#connections.get(connection);
    return held !== undefined && this.#isDifferent(held);
  }

  /** A client holds a revision that there never was: it has nothing that counts until it says otherwise. */
  strayed(connection: string): void {
    const held = this.#connections.get(connection);
    if (held !== undefined) Object.assign(held, { revision: undefined, checksum: undefined });
  }

  /** Everybody was told to fetch another snapshot: whoever holds something else has had no time yet. */
  replaced(environmentId: string): void {
    this.#place(environmentId).replacedAt = this.#options.now();
  }

  /** A client answered a heartbeat. */
  heard(connection: string): void {
    const held = this.#connections.get(connection);
    if (held !== undefined) held.seenAt = this.#options.now();
  }

  /** A stream is closed; `lost`: it broke off, and its client may go on with what it holds. */
  leave(connection: string, how: 'gone' | 'lost'): void {
    const held = this.#connections.get(connection);
    if (held === undefined) return;
    const place = this.#place(held.environmentId);
    this.#connections.delete(connection);
    if (place.held.get(held.mark) !== held) return;
    place.held.delete(held.mark);
    place.absences[held.view].left(held, how, how === 'lost' ? held.seenAt : this.#options.now());
  }

  /** A relay connected; it speaks for others and is no instance itself. */
  relayEntered(relay: Omit<Who, 'view'>): void {
    const { absences, lostRelays } = this.#place(relay.environmentId);
    absences.server.forget(markOf(relay));
    lostRelays.back(markOf(relay));
  }

  /** A relay is gone; `lost`: whoever is connected to it is out of sight, and may go on with what they hold. */
  relayLeft(relay: Omit<Who, 'view'>, how: 'gone' | 'lost'): void {
    const receipt = { ...relay, view: 'server', revision: undefined, at: undefined } as const;
    const { absences, lostRelays } = this.#place(relay.environmentId);
    absences.server.left(receipt, how, this.#options.now());
    if (how === 'lost') lostRelays.lost(markOf(relay), this.#options.now());
  }

  /** A client without a stream asks what follows the revision that it holds. */
  polled(who: Who, revision: number, checksum?: number): void {
    const place = this.#place(who.environmentId);
    const counted = this.#isDifferent({ ...who, revision, checksum }) ? null : revision;
    if (!place.held.has(markOf(who))) place.absences[who.view].polled({ ...who, revision: counted }, this.#options.now());
  }

  of(connection: string): Receipt | undefined {
    return this.#connections.get(connection);
  }

  /** One receipt per instance of an environment; of an instance that is connected twice, the newer connection's. */
  in(environmentId: string): readonly Receipt[] {
    const receiptOf = ({
      mark: _mark,
      checksum: _checksum,
      newest: _newest,
      enteredAt: _entered,
      seenAt: _seen,
      movedAt: _moved,
      ...receipt
    }: Held) => receipt;
    return this.#held(environmentId).map(receiptOf);
  }

  /** How many instances of an environment are connected. */
  count(environmentId: string): number {
    return this.#places.get(environmentId)?.held.size ?? 0;
  }

  /** Environments that somebody was connected to. */
  environments(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** How many instances of an environment are doing how. */
  states(environmentId: string): Readonly<Record<ConnectedState, number>> {
    const now = this.#options.now();
    const head = this.#options.headOf(environmentId);
    const counts = { current: 0, behind: 0, wedged: 0, silent: 0 };
    for (const held of this.#held(environmentId)) counts[this.#stateOf(held, head, now)] += 1;
    return counts;
  }

  /** What is known here, without the relays below. */
  tally(environmentId: string, question: Question): Tally {
    const now = this.#options.now();
    const head = this.#options.headOf(environmentId);
    const { absences, propagation, lostRelays } = this.#place(environmentId);
    const relays = lostRelays.count(now);
    const newest = Math.max(head, question.revision);
    const all = this.#held(environmentId).map((held): JudgedHeld => {
      const counted = this.#counted(held);
      return { held, counted: counted > newest ? -1 : counted, state: this.#stateOf(held, head, now) };
    });
    const report = (judged: JudgedHeld) => this.#report(judged, head, now);
    return {
      ...ownTally({ now, newest, all, absences, report }, question),
      relays,
      waitingRelays: relays,
      propagation: propagation.reports(),
    };
  }

  #held(environmentId: string): readonly Held[] {
    return [...(this.#places.get(environmentId)?.held.values() ?? [])];
  }

  #report({ held, counted, state }: JudgedHeld, head: number, now: number): InstanceReport {
    const { instance, sdk, keyId } = held;
    const revision = counted < 0 ? null : counted;
    return { instance, sdk, keyId, revision, state, seenMs: age(now, held.seenAt), behindMs: this.#behindMs(held, head, now) };
  }

  #stateOf(held: Held, head: number, now: number): ConnectedState {
    if (now - held.seenAt > this.#limits.silentMs) return 'silent';
    const behindMs = this.#behindMs(held, head, now);
    if (this.#counted(held) >= head) return 'current';
    return Math.min(behindMs, now - held.movedAt) > this.#limits.wedgedMs ? 'wedged' : 'behind';
  }

  /** A revision whose commit is no longer remembered counts from when the client last moved on. */
  #behindMs(held: Held, head: number, now: number): number {
    const { environmentId, enteredAt, movedAt } = held;
    const counted = this.#counted(held);
    if (counted >= head) return 0;
    const since = counted < 0 ? this.#place(environmentId).replacedAt : this.#options.committedAt(environmentId, counted + 1);
    return age(now, Math.max(enteredAt, since ?? movedAt));
  }

  /** The revision that an instance counts as holding; -1 for none, and for whom holds something else under that number. */
  #counted(held: Held): number {
    return this.#isDifferent(held) ? -1 : (held.revision ?? -1);
  }

  #isDifferent({ environmentId, view, revision, checksum }: Claim): boolean {
    if (revision === undefined || checksum === undefined) return false;
    return (this.#options.checksumAt?.(environmentId, view, revision) ?? checksum) !== checksum;
  }

  #place(environmentId: string): Place {
    const known = this.#places.get(environmentId);
    if (known !== undefined) return known;
    const place = newPlace();
    this.#places.set(environmentId, place);
    return place;
  }
}

function age(now: number, then: number): number {
  return Math.max(0, Math.round(now - then));
}
