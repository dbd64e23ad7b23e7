import { type Delta, mergeDeltas, stateFrom, type View } from '@ballast/protocol';
import { SingleFlight, type SnapshotFeeds } from '@ballast/streaming';
import type { Correction } from '../changes/index.js';
import type { EnvironmentHead, LogRow, SnapshotsView } from './snapshots.view.js';
import { deltaFrom, snapshotFrom } from './wire.js';

const VIEWS: readonly View[] = ['server', 'client'];
const LOG_PAGE = 500;
/** How much of the log is read beside a snapshot. */
const HISTORY = { rows: 256, bytes: 4_194_304 };
/** Revisions whose moment of commit is remembered. */
const REMEMBERED = 256;

/** Who hears what went wrong. */
export interface Concerns {
  /** Writes to the server's log. */
  warn(message: string): void;
  /** Epoch milliseconds. */
  now(): number;
  /** Puts stored checksums right. */
  correct(correction: Correction): Promise<void>;
}

/** One environment's cursor over the log: loads it, leads it on, and loads it again when the log does not fit. */
export class EnvironmentKeeper {
  readonly #view: SnapshotsView;
  readonly #feeds: SnapshotFeeds;
  readonly #head: EnvironmentHead;
  readonly #concerns: Concerns;
  readonly #committedAt = new Map<number, number>();
  #isSuspect = false;
  readonly #flight = new SingleFlight(() => this.#catchUp());

  constructor(view: SnapshotsView, feeds: SnapshotFeeds, head: EnvironmentHead, concerns: Concerns) {
    this.#view = view;
    this.#feeds = feeds;
    this.#head = head;
    this.#concerns = concerns;
  }

  /** The revision held; undefined until it is loaded. */
  get revision(): number | undefined {
    return this.#feeds.state(this.#head.id, 'server')?.revision;
  }

  /** When a recent revision was committed, epoch milliseconds by the clock of this server. */
  committedAt(revision: number): number | undefined {
    return this.#committedAt.get(revision);
  }

  /** Reads the log up to what was committed before the call. */
  catchUp(): Promise<void> {
    return this.#flight.run();
  }

  /** Finds out whether the database was set back behind what is held, and if so goes back with it. */
  async verify(): Promise<void> {
    this.#isSuspect = true;
    await this.#flight.run();
  }

  /** One delta from a revision to the newest, from the log in the database; undefined when the log no longer has it. */
  async logged(since: number, view: View): Promise<Delta | undefined> {
    const rows = await this.#view.log(this.#head.id, since, LOG_PAGE);
    const deltas = rows.map((row) => deltaFrom(this.#head.name, row, view));
    const isWhole = rows.length < LOG_PAGE && rows.every((row, i) => row.revision === since + 1 + i);
    return isWhole ? mergeDeltas(deltas.filter((delta) => typeof delta !== 'string')) : undefined;
  }

  async #catchUp(): Promise<void> {
    if (this.revision === undefined) return this.#reload();
    if (this.#isSuspect) {
      await this.#reload({ onlyIfBelow: this.revision });
      this.#isSuspect = false;
    }
    for (let held = this.revision; ; held = this.revision ?? held) {
      const rows = await this.#view.log(this.#head.id, held, LOG_PAGE);
      const misfit = rows.find((row) => !this.#publish(row));
      if (misfit !== undefined) {
        this.#concerns.warn(`revision ${misfit.revision} of ${this.#head.name} does not follow from what is held; loading it whole`);
        return this.#reload();
      }
      if (rows.length < LOG_PAGE) return;
    }
  }

  async #reload({ onlyIfBelow = Number.POSITIVE_INFINITY } = {}): Promise<void> {
    const stored = await this.#view.load(this.#head.id);
    if (stored === null) return this.#feeds.close(this.#head.id);
    if (stored.revision >= onlyIfBelow) return;
    const history = await this.#historyOf(stored.revision);
    const [server, client] = [snapshotFrom(stored, 'server'), snapshotFrom(stored, 'client')];
    for (const [view, { snapshot }] of [
      ['server', server],
      ['client', client],
    ] as const) {
      const opened = stateFrom(snapshot);
      if ('state' in opened) this.#feeds.open(this.#head.id, view, opened.state, history[view]);
    }
    if (server.isSound && client.isSound) return;
    this.#concerns.warn(`the stored checksums of ${stored.name} at revision ${stored.revision} are not those of its entries`);
    const checksums = { server: server.snapshot.checksum, client: client.snapshot.checksum };
    await this.#concerns.correct({ environmentId: stored.id, revision: stored.revision, checksums });
  }

  /** What led to a revision: after a restart the clients come back with what they held, and need not all fetch everything. */
  async #historyOf(revision: number): Promise<Readonly<Record<View, readonly Delta[]>>> {
    const rows = await this.#view.recent(this.#head.id, revision, HISTORY);
    const deltas = (view: View) => rows.map((row) => deltaFrom(this.#head.name, row, view)).filter((delta) => typeof delta !== 'string');
    return { server: deltas('server'), client: deltas('client') };
  }

  #publish(row: LogRow): boolean {
    this.#remember(row);
    const deltas = VIEWS.map((view) => ({ view, delta: deltaFrom(this.#head.name, row, view) }));
    return deltas.every(({ view, delta }) => {
      return typeof delta !== 'string' && this.#feeds.publish(this.#head.id, view, delta).outcome === 'applied';
    });
  }

  /** By the clock of this server: those of others may be wrong, and the database tells how long ago it was. */
  #remember({ revision, ageMs }: LogRow): void {
    if (ageMs !== null) this.#committedAt.set(revision, this.#concerns.now() - Math.max(0, ageMs));
    this.#committedAt.delete(revision - REMEMBERED);
  }
}
