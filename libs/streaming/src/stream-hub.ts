import { parseHandshake, parseResync, type Resync } from '@ballast/protocol';
import type { Namespace, Socket } from 'socket.io';
import { type Admission, type Admit, type RefusedAdmission, refusalError } from './admission.js';
import { Bursts, type Tidings } from './bursts.js';
import { type AppliedNews, Census } from './census.js';
import { handOver } from './hand-over.js';
import { type Greeting, greetingOf, Link, roomOf } from './link.js';
import { Looks } from './looks.js';
import { type Parcel, parcelOf } from './parcel.js';
import type { ReceiptsOptions } from './receipts.js';
import { Rooms } from './rooms.js';
import type { Since, SnapshotSource } from './snapshot-source.js';

/** What a hub tells about itself, and its bounds. */
export interface HubOptions extends Partial<Pick<ReceiptsOptions, 'now' | 'committedAt' | 'limits'>> {
  /** Bytes that may wait for one client before it is dismissed as slow. */
  readonly maxBacklogBytes?: number;
  readonly onConnected?: (admission: Admission) => void;
  readonly onDisconnected?: (admission: Admission) => void;
  /** A client says that it applied a revision that was published while it was connected. */
  readonly onApplied?: (news: AppliedNews) => void;
  readonly onSent?: (message: 'delta' | 'reset' | 'stale', clients: number) => void;
  readonly onSlow?: (admission: Admission) => void;
}

/** Whether a client asked itself, and whether news may be looked for before it is answered. */
interface How {
  readonly isAsked: boolean;
  readonly mayRefresh: boolean;
}

type Entry = { readonly handshake: Greeting; readonly admission: Admission };

/** Lets clients in, brings them up to date, and hands every delta on to all of them. */
export class StreamHub {
  /** Who is connected and how far they are. */
  readonly census: Census;
  readonly #namespace: Namespace;
  readonly #source: SnapshotSource;
  readonly #options: HubOptions;
  readonly #links = new Map<string, Link>();
  readonly #rooms = new Rooms();
  readonly #bursts = new Bursts((room, tidings) => this.#spread(room, tidings));
  readonly #entries = new WeakMap<Socket, Entry>();
  /** Keys that were revoked while this process ran: none of them ever comes back. */
  readonly #revoked = new Set<string>();
  readonly #looks = new Looks();
  #isDraining = false;

  constructor(namespace: Namespace, source: SnapshotSource, admit: Admit, options: HubOptions = {}) {
    this.#namespace = namespace;
    this.#source = source;
    this.#options = options;
    this.census = new Census({
      now: () => performance.now(),
      onApplied: () => undefined,
      ...options,
      headOf: (environmentId) => source.head(environmentId, 'server')?.revision ?? 0,
      checksumAt: (environmentId, view, revision) => source.checksumAt(environmentId, view, revision),
      onDifferent: (link, { revision, checksum }) =>
        this.#bringOn(link, { since: revision, checksum }, { isAsked: false, mayRefresh: true }),
    });
    namespace.use((socket, next) => void this.#admit(socket, admit).then((refused) => next(refused && refusalError(refused))));
    namespace.on('connection', (socket) => this.#enter(socket));
    source.subscribe((news) => {
      if (news.kind === 'delta') this.census.arrived(news.environmentId, news.delta.to);
      if (news.kind === 'reset') this.census.receipts.replaced(news.environmentId);
      this.#bursts.add(news);
    });
  }

  /** How many clients are connected. */
  get size(): number {
    return this.#links.size;
  }

  /** The keys that somebody is connected with. */
  keyIds(): ReadonlySet<string> {
    return new Set([...this.#links.values()].map(({ admission }) => admission.keyId));
  }

  /** Lets nobody else in and hands all clients over to other servers; settles when everyone was told. */
  drain(): Promise<void> {
    this.#isDraining = true;
    return handOver([...this.#links.values()]);
  }

  /** Closes everything that was opened with a key, before it returns. */
  disconnectKey(keyId: string): void {
    this.#revoked.add(keyId);
    for (const link of this.#links.values()) if (link.admission.keyId === keyId) link.dismiss('revoked');
  }

  async #admit(socket: Socket, admit: Admit): Promise<RefusedAdmission | undefined> {
    const handshake = parseHandshake(socket.handshake.auth);
    if (typeof handshake === 'string') return { status: 400, code: 'handshake.invalid' };
    if (this.#isDraining) return { status: 503, code: 'server.draining' };
    try {
      const admission = await admit(handshake, socket.request);
      if ('status' in admission) return admission;
      this.#entries.set(socket, { handshake: greetingOf(handshake), admission });
      return undefined;
    } catch {
      return { status: 503, code: 'server.unavailable' };
    }
  }

  /** Joining and looking up what is missing happen in one turn, so that no delta falls between them. */
  #enter(socket: Socket): void {
    const entry = this.#entries.get(socket);
    if (entry === undefined) {
      socket.disconnect(true);
      return;
    }
    const { handshake, admission } = entry;
    // What others of the room are about to be told is in what this one is told first.
    this.#bursts.flush(roomOf(admission));
    const entered = this.#source.head(admission.environmentId, admission.view)?.revision ?? 0;
    const link = new Link(socket, handshake, admission, entered);
    if (this.#isDraining || this.#revoked.has(admission.keyId)) {
      link.dismiss(this.#isDraining ? 'draining' : 'revoked');
      return;
    }
    this.#links.set(socket.id, link);
    this.census.enter(link);
    this.#listen(link);
    this.#rooms.enter(link);
    this.#options.onConnected?.(admission);
    this.#bringOn(link, handshake, { isAsked: false, mayRefresh: true });
    if (this.#source.isStale?.(admission.environmentId)) this.#send(link, { kind: 'stale', message: {} });
  }

  #listen(link: Link): void {
    const { socket, admission } = link;
    socket.on('resync', (message: unknown) => {
      const resync = parseResync(message);
      if (typeof resync !== 'string') this.#bringOn(link, resync, { isAsked: true, mayRefresh: true });
    });
    socket.once('disconnect', (reason) => {
      this.#links.delete(socket.id);
      this.#rooms.leave(link);
      this.census.leave(link, reason);
      this.#options.onDisconnected?.(admission);
    });
  }

  /** Sends what leads on from what is held. A client that asked is always answered; one that just came in is not told that it is current. */
  #bringOn(link: Link, held: Resync, how: How): void {
    if (how.mayRefresh && this.#looks.takesOver(link, held)) return;
    const { environmentId, view } = link.admission;
    const next = held.since === undefined ? 'too-old' : this.#source.since(environmentId, view, held.since, held.checksum);
    if (how.mayRefresh && (next === 'ahead' || next === 'different')) this.#refresh(link, held, how.isAsked);
    else this.#answer(link, next, how.isAsked);
  }

  #answer(link: Link, next: Since, isAsked: boolean): void {
    const head = this.#source.head(link.admission.environmentId, link.admission.view);
    if (next === 'ahead') this.census.receipts.strayed(link.socket.id);
    if (head === undefined) link.dismiss('moved');
    else if (typeof next !== 'string') this.#send(link, { kind: 'delta', message: next });
    else if (next !== 'current' || isAsked)
      this.#send(link, { kind: 'reset', message: { revision: head.revision, checksum: head.checksum } });
  }

  /** A client that is ahead or holds something else was led there by another server: this one looks for news before it tells the client to go back. */
  #refresh(link: Link, held: Resync, isAsked: boolean): void {
    const look = this.#source.refresh(link.admission.environmentId);
    this.#looks.begin(link, { held, isAsked }, look, (last) =>
      this.#bringOn(link, last.held, { isAsked: last.isAsked, mayRefresh: false }),
    );
  }

  #send(link: Link, tidings: Tidings): void {
    this.#hand(link, this.#pack(tidings));
  }

  #spread(room: string, tidings: Tidings): void {
    const parcel = this.#pack(tidings);
    let readers = 0;
    for (const link of this.#rooms.in(room)) if (this.#hand(link, parcel)) readers += 1;
    this.#options.onSent?.(tidings.kind, readers);
  }

  #pack({ kind, message }: Tidings): Parcel {
    return parcelOf(this.#namespace.name, kind, message);
  }

  #hand(link: Link, parcel: Parcel): boolean {
    const isReader = this.#charge(link, parcel);
    if (isReader) link.send(parcel);
    return isReader;
  }

  /** Before a client is sent more: whether it takes what it was sent; if not, it is dismissed. */
  #charge(link: Link, parcel: Parcel): boolean {
    if (link.owe(parcel) <= (this.#options.maxBacklogBytes ?? 1_048_576)) return true;
    this.#options.onSlow?.(link.admission);
    link.dismiss('slow');
    return false;
  }
}
