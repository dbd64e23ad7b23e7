import { type Ask, type DeltaOutcome, type Reset, type Resync, stateFrom } from '@ballast/protocol';
import {
  type KeyList,
  type PairDelta,
  pairChecksum,
  pairRevision,
  parsePairSnapshot,
  SnapshotFeeds,
  type Welcome,
} from '@ballast/streaming';
import type { Kept } from './disk-bootstrap.js';
import type { SourceOptions } from './source-options.js';
import type { UpstreamEvents, UpstreamSocket } from './upstream-socket.js';

/** What is asked of the connection to upstream. */
type Upstream = Pick<UpstreamSocket, 'open' | 'refresh' | 'resync' | 'close'>;

/** How long after a snapshot could not be fetched it is asked for again. */
const FETCH_PAUSE_MS = 1_000;

/** Leads both views of one environment on as upstream tells, and says when it tells no more. */
export class UpstreamSource implements UpstreamEvents {
  /** What is held, for the hubs and doors downstream. */
  readonly feeds: SnapshotFeeds;
  readonly #options: SourceOptions;
  #socket: Upstream | undefined;
  #environmentId = '';
  /** The newest revision that upstream is known to have. */
  #wanted = 0;
  #isWelcome = false;
  #isUpstreamStale = false;
  #isFetching = false;
  #isResyncing = false;
  #isServing = false;
  #knowsKeys = false;
  #staleTimer: NodeJS.Timeout | undefined;
  #fetchTimer: NodeJS.Timeout | undefined;
  #fetched: Promise<void> = Promise.resolve();

  constructor(options: SourceOptions) {
    this.#options = options;
    this.feeds = new SnapshotFeeds(() => this.#refresh());
  }

  /** The environment that is carried; empty until it is known. */
  get environmentId(): string {
    return this.#environmentId;
  }

  /** The revision held. */
  get revision(): number | undefined {
    return pairRevision(this.feeds, this.#environmentId);
  }

  /** What is held, for upstream to compare. */
  get held(): Resync {
    const { revision } = this;
    return revision === undefined ? {} : { since: revision, checksum: pairChecksum(this.feeds, this.#environmentId, revision) };
  }

  /** Whether clients may be let in: upstream confirmed what is held, or has had its time to do so. */
  get isReady(): boolean {
    return this.#isServing && this.revision !== undefined;
  }

  /** Whether upstream was not heard of for too long. */
  get isStale(): boolean {
    return this.feeds.isStale(this.#environmentId);
  }

  /** Whether there is a connection that upstream has welcomed. */
  get isConnected(): boolean {
    return this.#isWelcome;
  }

  /** Starts with what was kept, and connects. */
  start(socket: Upstream, kept: Kept | undefined): void {
    this.#socket = socket;
    if (kept !== undefined) {
      this.#environmentId = kept.environmentId;
      this.#knowsKeys = true;
      this.#options.onKeys(kept.environmentId, kept.keys);
      this.feeds.open(kept.environmentId, 'server', kept.server);
      this.feeds.open(kept.environmentId, 'client', kept.client);
    }
    this.#settle();
    socket.open();
  }

  /** Ends the connection and every timer. */
  stop(): void {
    clearTimeout(this.#staleTimer);
    clearTimeout(this.#fetchTimer);
    this.#socket?.close();
  }

  readonly welcome = ({ environmentId, revision, isStale, now, keys }: Welcome): void => {
    if (now !== undefined) this.moment(now);
    if (this.#environmentId !== environmentId) this.feeds.close(this.#environmentId);
    this.#environmentId = environmentId;
    this.#isWelcome = true;
    this.#isResyncing = false;
    this.#isUpstreamStale = isStale;
    this.#wanted = revision;
    this.#options.onConnection(true, 'welcome');
    // A relay that is cut off may not know the newest keys, and whoever is told that a key is revoked never comes back.
    if (!isStale || !this.#knowsKeys) this.keys({ keys });
    this.#settle();
  };

  readonly keys = ({ keys }: KeyList): void => {
    this.#knowsKeys = true;
    this.#options.onKeys(this.#environmentId, keys);
    this.#options.onChanged();
  };

  readonly delta = (pair: PairDelta): void => {
    this.#wanted = Math.max(this.#wanted, pair.server.to);
    if (this.#isFetching || this.revision === undefined) return;
    const outcomes = (['server', 'client'] as const).map((view) => this.feeds.publish(this.#environmentId, view, pair[view]));
    this.#follow(outcomes);
    this.#settle();
  };

  readonly garbled = (problem: string): void => {
    this.#options.onProblem('upstream sent what cannot be read', problem);
    this.#fetch();
  };

  readonly reset = ({ revision, checksum }: Reset): void => {
    this.#isResyncing = false;
    this.#isUpstreamStale = false;
    this.#wanted = revision;
    const { since, checksum: held } = this.held;
    if (since !== revision || (checksum ?? held) !== held) this.#fetch();
    this.#settle();
  };

  readonly stale = (): void => {
    this.#isUpstreamStale = true;
    this.#settle();
  };

  readonly moment = (now: number): void => this.#options.onMoment(now);

  readonly ask = (ask: Ask): void => this.#options.onAsk(ask);

  readonly lost = (because: string): void => {
    this.#isWelcome = false;
    this.#isUpstreamStale = false;
    this.#options.onConnection(false, because);
    this.#settle();
  };

  #follow(outcomes: readonly DeltaOutcome[]): void {
    if (outcomes.every(({ outcome }) => outcome === 'applied')) {
      this.#isResyncing = false;
      this.#options.onChanged();
    } else if (outcomes.every((result) => result.outcome === 'resync' && result.because === 'gap')) this.#resync();
    else if (outcomes.every(({ outcome }) => outcome === 'ignored')) this.#isResyncing = false;
    else this.#fetch();
  }

  /** Whatever upstream has beyond what is held is asked for, once. */
  #resync(): void {
    if (this.#isResyncing) return;
    this.#isResyncing = true;
    this.#socket?.resync(this.held);
  }

  /** What upstream found is here when a snapshot that it made necessary is. */
  async #refresh(): Promise<void> {
    await this.#socket?.refresh();
    await this.#fetched;
  }

  #fetch(): void {
    if (!this.#isFetching) this.#fetched = this.#fetchPair();
  }

  async #fetchPair(): Promise<void> {
    clearTimeout(this.#fetchTimer);
    this.#isFetching = true;
    try {
      this.#adopt(await this.#options.fetchPair());
      this.#isFetching = false;
      this.#isResyncing = false;
      this.#options.onChanged();
      this.#resync();
    } catch (error) {
      this.#isFetching = false;
      this.#options.onProblem('the snapshot could not be fetched', error);
      this.#fetchTimer = setTimeout(() => {
        if (this.#isWelcome) this.#fetch();
      }, FETCH_PAUSE_MS);
    }
    this.#settle();
  }

  /** Takes both views over, verified, or neither. */
  #adopt(content: unknown): void {
    const pair = parsePairSnapshot(content);
    if (typeof pair === 'string') throw new Error(pair);
    const { revision } = pair.server;
    // Another server of upstream answered, and it is behind: clients must not be sent back and forth.
    if (revision < this.#wanted) throw new Error(`revision ${revision} is older than ${this.#wanted}, which upstream has`);
    const [server, client] = [stateFrom(pair.server), stateFrom(pair.client)];
    if ('problem' in server) throw new Error(server.problem);
    if ('problem' in client) throw new Error(client.problem);
    this.feeds.open(this.#environmentId, 'server', server.state);
    this.feeds.open(this.#environmentId, 'client', client.state);
  }

  #isCurrent(): boolean {
    const isLedOn = this.#isWelcome && !this.#isUpstreamStale && !this.#isFetching && !this.#isResyncing;
    return isLedOn && (this.revision ?? -1) >= this.#wanted;
  }

  /** Says whether what is held is the newest there is; a doubt has its time before it is told. */
  #settle(): void {
    if (this.#isCurrent()) {
      clearTimeout(this.#staleTimer);
      this.#staleTimer = undefined;
      this.#isServing = true;
      // After the deltas of this turn: whoever is told that the doubt is over has them by then.
      queueMicrotask(() => this.#isCurrent() && this.feeds.setStale(this.#environmentId, false));
      return;
    }
    const wait = this.#isUpstreamStale ? 0 : this.#options.staleAfterMs;
    if (wait === 0) clearTimeout(this.#staleTimer);
    if (wait === 0 || this.#staleTimer === undefined) this.#staleTimer = setTimeout(() => this.#giveUp(), wait);
  }

  #giveUp(): void {
    this.#isServing = true;
    if (this.revision !== undefined) this.feeds.setStale(this.#environmentId, true);
  }
}
