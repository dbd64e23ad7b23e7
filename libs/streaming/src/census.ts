import { type Applied, type Ask, type GoodbyeReason, parseApplied, type Tally } from '@ballast/protocol';
import type { Who } from './instances.js';
import type { Link } from './link.js';
import { RELAY_BACK_MS } from './lost-relays.js';
import { Questions } from './questions.js';
import { Receipts, type ReceiptsOptions } from './receipts.js';

/** A client said that it applied a revision that was published while it was connected. */
export interface AppliedNews {
  readonly environmentId: string;
  readonly revision: number;
  readonly at: number;
  /** Since the commit, where that is known. */
  readonly ms: number | undefined;
}

/** Revisions whose arrival is remembered. */
const REMEMBERED = 256;

/** What a census is taken with. */
export interface CensusOptions extends Omit<ReceiptsOptions, 'committedAt'>, Partial<Pick<ReceiptsOptions, 'committedAt'>> {
  readonly onApplied: (news: AppliedNews) => void;
  /** A client says that it holds something else than what there was at its revision, or more than there is. */
  readonly onDifferent?: (link: Link, said: Applied) => void;
}

/** Reasons of socket.io for a stream that nobody closed. */
const BROKEN: readonly string[] = ['ping timeout', 'transport close', 'transport error'];
/** Why a client is sent away that is to come back: until it does, it may go on with what it holds. */
const TO_COME_BACK: readonly string[] = ['slow', 'moved'] satisfies readonly GoodbyeReason[];

/** Counts who is connected and how far they are, and answers questions about it together with the relays below. */
export class Census {
  readonly receipts: Receipts;
  /** What is being asked; a hub of relays hands on to it what they say. */
  readonly questions: Questions;
  readonly #options: CensusOptions;
  readonly #arrivals = new Map<string, Map<number, number>>();

  constructor(options: CensusOptions) {
    this.#options = options;
    const arrivedAt = (environmentId: string, revision: number) => this.#arrivals.get(environmentId)?.get(revision);
    this.receipts = new Receipts({ committedAt: arrivedAt, ...options });
    this.questions = new Questions(this.receipts);
  }

  /** Asks about an environment. The answer is told at once and whenever it changes, until the question is over or the returned function is called. */
  ask(environmentId: string, ask: Ask, tell: (tally: Tally) => void): () => void {
    return this.questions.open(environmentId, ask, tell);
  }

  /** A client without a stream asked what follows the revision that it holds. */
  polled(who: Who, revision: number, checksum?: number): void {
    this.receipts.polled(who, revision, checksum);
  }

  /** A revision arrived here; where its commit is not known, this is what receipts are measured from. */
  arrived(environmentId: string, revision: number): void {
    const arrivals = this.#arrivals.get(environmentId) ?? new Map<number, number>();
    this.#arrivals.set(environmentId, arrivals);
    if (!arrivals.has(revision)) arrivals.set(revision, this.#options.now());
    const [oldest] = arrivals.keys();
    if (arrivals.size > REMEMBERED && oldest !== undefined) arrivals.delete(oldest);
  }

  /** A relay connected: it has not been asked yet. */
  relayEntered(relay: Omit<Who, 'view'>): void {
    this.receipts.relayEntered(relay);
    this.questions.relayEntered();
  }

  /** A relay is gone, for a reason as socket.io gives it. */
  relayLeft(relay: Omit<Who, 'view'>, reason: string): void {
    this.receipts.relayLeft(relay, endOf(reason));
    this.questions.relayLeft(relay);
    // Whoever waits for it is told when it is waited for no longer.
    setTimeout(() => this.questions.changed(relay.environmentId), RELAY_BACK_MS).unref();
  }

  /** A client came in. */
  enter(link: Link): void {
    const { socket, handshake, admission } = link;
    this.receipts.enter(socket.id, { ...handshake, ...admission }, handshake.since, handshake.checksum);
    socket.on('applied', (message: unknown) => this.#applied(link, message));
    socket.conn.on('heartbeat', () => this.receipts.heard(socket.id));
    this.questions.changed(admission.environmentId);
  }

  /** A client is gone, for a reason as socket.io gives it. */
  leave({ socket, admission, dismissed }: Link, reason: string): void {
    this.receipts.leave(socket.id, endOf(dismissed ?? reason));
    this.questions.changed(admission.environmentId);
  }

  #applied(link: Link, message: unknown): void {
    const { socket, admission, entered } = link;
    const applied = parseApplied(message);
    if (typeof applied === 'string') return;
    const { revision, at, checksum } = applied;
    const isNews = revision > Math.max(entered, this.receipts.of(socket.id)?.revision ?? 0);
    const ms = this.receipts.applied(socket.id, revision, at, checksum);
    const isAhead = revision > this.#options.headOf(admission.environmentId);
    if (isAhead || this.receipts.isDifferent(socket.id)) this.#options.onDifferent?.(link, applied);
    else if (isNews) this.#options.onApplied({ environmentId: admission.environmentId, revision, at, ms });
    this.questions.changed(admission.environmentId);
  }
}

function endOf(reason: string): 'gone' | 'lost' {
  return BROKEN.includes(reason) || TO_COME_BACK.includes(reason) ? 'lost' : 'gone';
}
