import { type Ask, type GoodbyeReason, type Handshake, parseAnswer, parseHandshake, parseResync, type Resync } from '@ballast/protocol';
import type { Namespace, Socket } from 'socket.io';
import { type RefusedAdmission, refusalError } from './admission.js';
import { greetingOf, Link } from './link.js';
import { Looks } from './looks.js';
import { pairHead, pairRevision, pairSince } from './pair-feed.js';
import { type Parcel, parcelOf } from './parcel.js';
import type { ConnectedRelay, RelayAdmission, RelayHubOptions } from './relay-hub-options.js';
import type { Welcome } from './relay-messages.js';
import type { News } from './snapshot-source.js';

/** Bytes that may wait for one relay: it holds everything, so a burst of it may be large. */
const MAX_BACKLOG_BYTES = 16_777_216;

interface Room {
  /** The revision that all of its relays were led to. */
  cursor: number;
  /** Whether no delta leads from there to what is held now. */
  isReplaced: boolean;
  isDue: boolean;
}

/** Leads relays on: both views of their environment, and the keys that open it. */
export class RelayHub {
  readonly #namespace: Namespace;
  readonly #options: RelayHubOptions;
  readonly #links = new Map<string, Link>();
  readonly #entries = new WeakMap<Socket, { readonly handshake: Handshake; readonly admission: RelayAdmission }>();
  readonly #rooms = new Map<string, Room>();
  readonly #looks = new Looks();
  #isDraining = false;

  constructor(namespace: Namespace, options: RelayHubOptions) {
    this.#namespace = namespace;
    this.#options = options;
    namespace.use((socket, next) => void this.#admit(socket).then((refused) => next(refused && refusalError(refused))));
    namespace.on('connection', (socket) => this.#enter(socket));
    options.source.subscribe((news) => this.#hear(news));
    options.keys.subscribe((environmentId) => this.#spreadKeys(environmentId));
  }

  /** How many relays are connected. */
  get size(): number {
    return this.#links.size;
  }

  /** The keys that relays are connected with. */
  keyIds(): ReadonlySet<string> {
    return new Set([...this.#links.values()].map(({ admission }) => admission.keyId));
  }

  /** The relays of an environment. */
  relays(environmentId: string): readonly ConnectedRelay[] {
    return [...this.#links.values()].map(relayOf).filter((relay) => relay.environmentId === environmentId);
  }

  /** Asks all relays of an environment. */
  ask(environmentId: string, ask: Ask): void {
    this.#spread(environmentId, 'ask', ask);
  }

  /** Hands all relays over to other servers, and lets nobody else in. */
  drain(): void {
    this.#isDraining = true;
    for (const link of this.#links.values()) link.dismiss('draining');
  }

  /** Closes everything that was opened with a key, before it returns. */
  disconnectKey(keyId: string, reason: GoodbyeReason = 'revoked'): void {
    for (const link of this.#links.values()) if (link.admission.keyId === keyId) link.dismiss(reason);
  }

  async #admit(socket: Socket): Promise<RefusedAdmission | undefined> {
    const handshake = parseHandshake(socket.handshake.auth);
    if (typeof handshake === 'string') return { status: 400, code: 'handshake.invalid' };
    if (this.#isDraining) return { status: 503, code: 'server.draining' };
    try {
      const admission = await this.#options.admit(handshake, socket.request);
      if ('status' in admission) return admission;
      await this.#options.keys.load(admission.environmentId);
      this.#entries.set(socket, { handshake, admission });
      return undefined;
    } catch {
      return { status: 503, code: 'server.unavailable' };
    }
  }

  /** Joining, the welcome and what is missing happen in one turn, so that nothing falls between them. */
  #enter(socket: Socket): void {
    const entry = this.#entries.get(socket);
    const { source, keys } = this.#options;
    const environmentId = entry?.admission.environmentId ?? '';
    const revision = pairRevision(source, environmentId);
    if (entry === undefined || revision === undefined) {
      socket.disconnect(true);
      return;
    }
    const greeting = greetingOf(entry.handshake);
    const link = new Link(socket, greeting, { ...entry.admission, view: 'server' }, revision);
    const known = keys.current(environmentId);
    const isKnown = known.some(({ id }) => id === entry.admission.keyId);
    if (this.#isDraining || !isKnown) {
      link.dismiss(isKnown ? 'draining' : 'revoked');
      return;
    }
    this.#replaceFormer(link);
    this.#links.set(socket.id, link);
    this.#listen(link);
    if (!this.#rooms.has(environmentId)) this.#rooms.set(environmentId, { cursor: revision, isReplaced: false, isDue: false });
    this.#options.onConnected?.(relayOf(link));
    const welcome: Welcome = { environmentId, revision, isStale: source.isStale?.(environmentId) ?? false, now: keys.now(), keys: known };
    this.#send(link, 'welcome', welcome);
    this.#bringOn(link, greeting, { isAsked: false, mayRefresh: true });
  }

  /** A relay whose connection fell silent is back before that one times out, which has nothing to say any more. */
  #replaceFormer({ handshake: { instance }, admission: { keyId } }: Link): void {
    for (const link of this.#links.values()) {
      if (link.handshake.instance === instance && link.admission.keyId === keyId) link.dismiss('moved');
    }
  }

  #listen(link: Link): void {
    const { socket, admission } = link;
    socket.on('answer', (message: unknown) => {
      const answer = parseAnswer(message);
      if (typeof answer !== 'string') this.#options.onAnswer?.(relayOf(link), answer);
    });
    socket.on('resync', (message: unknown) => {
      const resync = parseResync(message);
      if (typeof resync !== 'string') this.#bringOn(link, resync, { isAsked: true, mayRefresh: true });
    });
    socket.on('alive', (answer: unknown) => {
      if (typeof answer === 'function') answer(this.#options.keys.now());
    });
    socket.on('refresh', (answer: unknown) => {
      if (typeof answer !== 'function') return;
      const { environmentId } = admission;
      const tell = () => {
        this.#flush(environmentId);
        answer();
      };
      // An answer that does not come is a refresh that failed.
      Promise.all([this.#options.source.refresh(environmentId), this.#options.keys.load(environmentId)]).then(tell, () => undefined);
    });
    socket.once('disconnect', (reason) => {
      this.#links.delete(socket.id);
      this.#options.onDisconnected?.(relayOf(link), link.dismissed ?? reason);
    });
  }

  /** Sends what leads on from what is held. A relay that asked is always answered; one that just came in is not told that it is current. */
  #bringOn(link: Link, held: Resync, how: { readonly isAsked: boolean; readonly mayRefresh: boolean }): void {
    if (how.mayRefresh && this.#looks.takesOver(link, held)) return;
    const { source } = this.#options;
    const { environmentId } = link.admission;
    const next = held.since === undefined ? 'too-old' : pairSince(source, environmentId, held.since, held.checksum);
    const head = pairHead(source, environmentId);
    if (how.mayRefresh && (next === 'ahead' || next === 'different')) this.#refresh(link, held, how.isAsked);
    else if (head === undefined) link.dismiss('moved');
    else if (typeof next === 'object') this.#send(link, 'delta', next);
    else if (next !== 'current' || how.isAsked) this.#send(link, 'reset', head);
  }

  /** What was led elsewhere by others may be news here. */
  #refresh(link: Link, held: Resync, isAsked: boolean): void {
    const look = this.#options.source.refresh(link.admission.environmentId);
    this.#looks.begin(link, { held, isAsked }, look, (last) =>
      this.#bringOn(link, last.held, { isAsked: last.isAsked, mayRefresh: false }),
    );
  }

  #hear(news: News): void {
    const { environmentId } = news;
    const room = this.#rooms.get(environmentId);
    if (room === undefined) return;
    if (news.kind === 'stale') {
      this.#spread(environmentId, 'stale', {});
      return;
    }
    if (news.kind === 'reset') room.isReplaced = true;
    if (room.isDue) return;
    room.isDue = true;
    // Both views change in one turn: they leave together at its end.
    queueMicrotask(() => this.#flush(environmentId));
  }

  #flush(environmentId: string): void {
    const room = this.#rooms.get(environmentId);
    const head = pairHead(this.#options.source, environmentId);
    if (room === undefined || head === undefined) return;
    const next = room.isReplaced ? 'too-old' : pairSince(this.#options.source, environmentId, room.cursor);
    Object.assign(room, { cursor: head.revision, isReplaced: false, isDue: false });
    if (typeof next === 'object') this.#spread(environmentId, 'delta', next);
    else if (next !== 'current') this.#spread(environmentId, 'reset', head);
  }

  /** A relay whose own key is no longer among them is sent away. */
  #spreadKeys(environmentId: string): void {
    const keys = this.#options.keys.current(environmentId);
    const known = new Set(keys.map(({ id }) => id));
    this.#spread(environmentId, 'keys', { keys });
    for (const { admission } of this.#links.values()) {
      if (admission.environmentId === environmentId && !known.has(admission.keyId)) this.disconnectKey(admission.keyId);
    }
  }

  #spread(environmentId: string, event: string, message: object): void {
    const parcel = parcelOf(this.#namespace.name, event, message);
    for (const link of this.#links.values()) if (link.admission.environmentId === environmentId) this.#hand(link, parcel);
  }

  #send(link: Link, event: string, message: object): void {
    this.#hand(link, parcelOf(this.#namespace.name, event, message));
  }

  #hand(link: Link, parcel: Parcel): void {
    if (link.owe(parcel) > (this.#options.maxBacklogBytes ?? MAX_BACKLOG_BYTES)) link.dismiss('slow');
    else link.send(parcel);
  }
}

function relayOf({ handshake, admission }: Link): ConnectedRelay {
  const { environmentId, keyId } = admission;
  return { environmentId, keyId, instance: handshake.instance, sdk: handshake.sdk };
}
