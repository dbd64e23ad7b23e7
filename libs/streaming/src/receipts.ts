import type { InstanceReport, InstanceState, Question, Tally, View } from '@ballast/protocol';
import { Absences, byTrouble } from './absences.js';
import { firstByName, type Held, isWanted } from './held.js';
import type { Receipt, Who } from './instances.js';
import { LostRelays } from './lost-relays.js';
import { PropagationLog } from './propagation.js';

/** What receipts are measured against. */
export interface ReceiptsOptions {
  readonly now: () => number;
  /** The newest revision of an environment here. */
  readonly headOf: (environmentId: string) => number;
  /** When a recent revision was committed, by the clock of `now`. */
  readonly committedAt: (environmentId: string, revision: number) => number | undefined;
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

interface Place {
  /** The newest connection of each instance. */
  readonly held: Map<string, Held>;
  /** By view: the key of a page is public, and whoever took it must not push back ends out of sight. */
  readonly absences: Readonly<Record<View, Absences>>;
  readonly propagation: PropagationLog;
  readonly lostRelays: LostRelays;
}

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

  /** A stream was opened; `connection` is one socket's id, `revision` what its client held then. */
  enter(connection: string, who: Who, revision: number | undefined): void {
    const now = this.#options.now();
    const { instance, sdk, keyId, environmentId, view } = who;
    const times = { at: undefined, enteredAt: now, seenAt: now, movedAt: now };
    const held: Held = { instance, sdk, keyId, environmentId, view, revision, newest: revision ?? -1, ...times };
    const place = this.#place(environmentId);
    this.#connections.set(connection, held);
    place.held.set(instance, held);
    place.absences[view].forget(instance);
  }

  /** A client says what it applied. Answers how long that took since its commit, when it was connected all the while. */
  applied(connection: string, revision: number, at: number): number | undefined {
    const held = this.#connections.get(connection);
    if (held === undefined) return undefined;
    const { held: instances, propagation } = this.#place(held.environmentId);
    if (!instances.has(held.instance)) instances.set(held.instance, held);
    const isNews = revision > held.newest;
    held.seenAt = this.#options.now();
    if (isNews) held.movedAt = held.seenAt;
    held.revision = revision;
    held.newest = Math.max(held.newest, revision);
    held.at = at;
    const committedAt = isNews ? this.#options.committedAt(held.environmentId, revision) : undefined;
    if (committedAt === undefined || committedAt < held.enteredAt) return undefined;
    const ms = held.seenAt - committedAt;
    propagation.record(revision, ms);
    return ms;
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
    if (place.held.get(held.instance) !== held) return;
    place.held.delete(held.instance);
    place.absences[held.view].left(held, how, how === 'lost' ? held.seenAt : this.#options.now());
  }

  /** A relay connected; it speaks for others and is no instance itself. */
  relayEntered({ environmentId, instance }: Pick<Who, 'environmentId' | 'instance'>): void {
    const { absences, lostRelays } = this.#place(environmentId);
    absences.server.forget(instance);
    lostRelays.back(instance);
  }

  /** A relay is gone; `lost`: whoever is connected to it is out of sight, and may go on with what they hold. */
  relayLeft(relay: Omit<Who, 'view'>, how: 'gone' | 'lost'): void {
    const receipt = { ...relay, view: 'server', revision: undefined, at: undefined } as const;
    const { absences, lostRelays } = this.#place(relay.environmentId);
    absences.server.left(receipt, how, this.#options.now());
    if (how === 'lost') lostRelays.lost(relay.instance, this.#options.now());
  }

  /** A client without a stream asks what follows the revision that it holds. */
  polled(who: Who, revision: number): void {
    const place = this.#place(who.environmentId);
    if (!place.held.has(who.instance)) place.absences[who.view].polled({ ...who, revision }, this.#options.now());
  }

  of(connection: string): Receipt | undefined {
    return this.#connections.get(connection);
  }

  /** One receipt per instance of an environment; of an instance that is connected twice, the newer connection's. */
  in(environmentId: string): readonly Receipt[] {
    return this.#held(environmentId).map(({ newest: _newest, enteredAt: _entered, seenAt: _seen, movedAt: _moved, ...receipt }) => receipt);
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
    const counts = { connected: 0, applied: 0, wedged: 0, silent: 0, relays, waitingRelays: relays };
    const keys = new Map<string, number>();
    const troubled: Held[] = [];
    const all = this.#held(environmentId);
    for (const held of all) {
      const state = this.#stateOf(held, head, now);
      counts.connected += 1;
      counts.applied += Number((held.revision ?? -1) >= question.revision);
      keys.set(held.keyId, (keys.get(held.keyId) ?? 0) + 1);
      if (state !== 'wedged' && state !== 'silent') continue;
      counts[state] += 1;
      troubled.push(held);
    }
    const wanted = question.limit === 0 ? [] : all.filter((held) => isWanted(held, question));
    const reports = (some: readonly Held[], most: number) => some.slice(0, most).map((held) => this.#report(held, head, now));
    return {
      ...counts,
      keys: Object.fromEntries(keys),
      propagation: propagation.reports(),
      listed: reports(firstByName(wanted, question.limit), question.limit),
      hasMore: wanted.length > question.limit && question.limit > 0,
      troubled: reports(troubled, question.most),
      absent: byTrouble([...absences.server.reports(now, question), ...absences.client.reports(now, question)]).slice(0, question.most),
    };
  }

  #held(environmentId: string): readonly Held[] {
    return [...(this.#places.get(environmentId)?.held.values() ?? [])];
  }

  #report(held: Held, head: number, now: number): InstanceReport {
    const { instance, sdk, keyId } = held;
    const revision = held.revision ?? null;
    const state = this.#stateOf(held, head, now);
    return { instance, sdk, keyId, revision, state, seenMs: age(now, held.seenAt), behindMs: this.#behindMs(held, head, now) };
  }

  #stateOf(held: Held, head: number, now: number): ConnectedState {
    if (now - held.seenAt > this.#limits.silentMs) return 'silent';
    const behindMs = this.#behindMs(held, head, now);
    if ((held.revision ?? -1) >= head) return 'current';
    return Math.min(behindMs, now - held.movedAt) > this.#limits.wedgedMs ? 'wedged' : 'behind';
  }

  /** A revision whose commit is no longer remembered counts from when the client last moved on. */
  #behindMs({ environmentId, revision, enteredAt, movedAt }: Held, head: number, now: number): number {
    if (revision !== undefined && revision >= head) return 0;
    const since = revision === undefined ? enteredAt : this.#options.committedAt(environmentId, revision + 1);
    return age(now, Math.max(enteredAt, since ?? movedAt));
  }

  #place(environmentId: string): Place {
    const known = this.#places.get(environmentId);
    if (known !== undefined) return known;
    const place = {
      held: new Map<string, Held>(),
      absences: { server: new Absences(), client: new Absences() },
      propagation: new PropagationLog(),
      lostRelays: new LostRelays(),
    };
    this.#places.set(environmentId, place);
    return place;
  }
}

function age(now: number, then: number): number {
  return Math.max(0, Math.round(now - then));
}
