import { PassThrough, type Readable } from 'node:stream';
import type { View } from '@ballast/protocol';
import type { Head, News } from '@ballast/streaming';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { streamClosed, streamOpened, streamSent } from '../events.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { configTag } from './ofrep-request.js';
import { Pace } from './pace.js';

/** Open event streams of this process at most; whoever comes on top is told to come back. */
export const MAX_EVENT_STREAMS = 10_000;

/** Of these, with one key: the key of a web page is public, and whoever took it must not take everybody's place. */
export const MAX_EVENT_STREAMS_PER_KEY = 5_000;

/** Bytes that may wait for one client before it is cut off; it comes back with the id of the last event it read. */
const MAX_BACKLOG_BYTES = 65_536;

/** How often a comment keeps proxies and clients from taking a silent stream for a dead one. */
const HEARTBEAT_MS = 15_000;

/** Who connects without an event id asked for its flags a moment ago: if they changed within this time, it is told to ask again. */
const RECENT_MS = 30_000;

/** Clients come back after 1 to 5 seconds, not all of them at once. */
const RETRY_MS = { least: 1_000, spread: 4_000, step: 617 } as const;

/** Which stream somebody may hear, with which key. */
export interface StreamListener {
  readonly environmentId: string;
  readonly view: View;
  readonly keyId: string;
}

interface Open extends StreamListener {
  readonly body: PassThrough;
  /** The configuration that it was told of last. */
  told: string;
}

/** Tells OFREP clients over server-sent events when to evaluate again. Every event names the configuration it is about. */
@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStreams.name);
  private readonly open = new Set<Open>();
  private readonly byKey = new Map<string, number>();
  private readonly revoked = new Set<string>();
  private readonly pace = new Pace((room) => this.spread(room));
  private timer: NodeJS.Timeout | undefined;
  private opened = 0;
  private isDraining = false;

  constructor(
    @Inject(SnapshotKeeper) private readonly keeper: Pick<SnapshotKeeper, 'head' | 'refresh' | 'subscribe' | 'committedAt'>,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.keeper.subscribe((news) => this.hear(news));
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    this.isDraining = true;
    clearInterval(this.timer);
    for (const { body } of this.open) body.end();
  }

  /** The keys that somebody listens with. */
  keyIds(): ReadonlySet<string> {
    return new Set([...this.open].map(({ keyId }) => keyId));
  }

  /** Ends everything that was opened with a key; it never opens anything again. */
  disconnectKey(keyId: string): void {
    this.revoked.add(keyId);
    for (const open of this.open) if (open.keyId === keyId) open.body.end();
  }

  /** Opens a stream; the bytes end when the client leaves, is too slow or loses its key, or when the server stops. */
  async listen(listener: StreamListener, lastEventId: string | undefined): Promise<Readable> {
    const head = await this.headFor(listener, lastEventId);
    if (this.revoked.has(listener.keyId)) refuse('auth.invalid');
    if (this.isDraining || this.isFullFor(listener.keyId)) refuse('stream.full', { retryAfter: 5 });
    const open: Open = { ...listener, body: new PassThrough(), told: configTag(head) };
    this.open.add(open);
    this.count(open, 1);
    streamOpened('ofrep');
    open.body.once('close', () => {
      this.open.delete(open);
      this.count(open, -1);
      streamClosed('ofrep');
    });
    this.opened += 1;
    const retry = RETRY_MS.least + ((this.opened * RETRY_MS.step) % RETRY_MS.spread);
    this.send(open, `retry: ${retry}\nid: ${configTag(head)}\n\n`);
    if (this.hasMissed(listener, head, lastEventId)) this.send(open, this.refetch(listener.environmentId, head));
    return open.body;
  }

  private isFullFor(keyId: string): boolean {
    return this.open.size >= MAX_EVENT_STREAMS || (this.byKey.get(keyId) ?? 0) >= MAX_EVENT_STREAMS_PER_KEY;
  }

  private count({ keyId }: Open, change: 1 | -1): void {
    const count = (this.byKey.get(keyId) ?? 0) + change;
    if (count > 0) this.byKey.set(keyId, count);
    else this.byKey.delete(keyId);
  }

  /** Where the view stands. Somebody with an id that is not known here may come from a server that is ahead. */
  private async headFor({ environmentId, view }: StreamListener, lastEventId: string | undefined): Promise<Head> {
    const known = this.keeper.head(environmentId, view);
    if (known !== undefined && (lastEventId === undefined || lastEventId === configTag(known))) return known;
    await this.keeper.refresh(environmentId);
    return this.keeper.head(environmentId, view) ?? refuse('snapshot.loading');
  }

  private hasMissed({ environmentId }: StreamListener, head: Head, lastEventId: string | undefined): boolean {
    if (lastEventId !== undefined) return lastEventId !== configTag(head);
    const committedAt = this.keeper.committedAt(environmentId, head.revision);
    return committedAt !== undefined && this.clock.now() - committedAt < RECENT_MS;
  }

  /** A change that a view does not show is no news to it. */
  private hear(news: News): void {
    if (news.kind !== 'delta' || news.delta.changes.length > 0) this.pace.changed(roomOf(news));
  }

  /** Of a burst everybody is told as rarely as its pace allows, and nobody of what it knows: each word makes a client ask for everything. */
  private spread(room: string): void {
    const listeners = [...this.open].filter((open) => roomOf(open) === room);
    const [first] = listeners;
    const head = first && this.keeper.head(first.environmentId, first.view);
    if (first === undefined || head === undefined) return;
    const { environmentId } = first;
    const text = this.refetch(environmentId, head);
    const tag = configTag(head);
    const others = listeners.filter(({ told }) => told !== tag);
    for (const open of others) {
      open.told = tag;
      this.send(open, text);
    }
    streamSent('refetch', others.length);
  }

  private beat(): void {
    for (const open of this.open) this.send(open, ':\n\n');
  }

  private send(open: Open, text: string): void {
    if (open.body.writableEnded || open.body.destroyed) return;
    open.body.write(text);
    if (open.body.readableLength + open.body.writableLength <= MAX_BACKLOG_BYTES) return;
    this.logger.warn(`a listener with key ${open.keyId} does not read its event stream and was cut off`);
    open.body.destroy();
  }

  private refetch(environmentId: string, head: Head): string {
    const committedAt = this.keeper.committedAt(environmentId, head.revision);
    const lastModified = committedAt === undefined ? {} : { lastModified: Math.floor(committedAt / 1000) };
    const etag = configTag(head);
    return `id: ${etag}\nevent: message\ndata: ${JSON.stringify({ type: 'refetchEvaluation', etag, ...lastModified })}\n\n`;
  }
}

function roomOf({ environmentId, view }: Pick<StreamListener, 'environmentId' | 'view'>): string {
  return `${view}:${environmentId}`;
}
