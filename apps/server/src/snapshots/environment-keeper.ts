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

/** What somebody holds who asks the log. */
export interface LoggedFrom {
  readonly since: number;
  readonly checksum?: number | undefined;
}

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

  /** Whether what is held is what the database says it has. */
  isAt({ revision, checksums }: EnvironmentHead): boolean {
    const isSame = (view: View) => this.#feeds.head(this.#head.id, view)?.checksum === checksums[view];
    return this.revision === revision && VIEWS.every(isSame);
  }

  /**
   * One delta from a revision to the newest, from the log in the database; undefined when the log no longer has it, or has another
   * checksum at that revision than the asker.
   */
  async logged({ since, checksum }: LoggedFrom, view: View): Promise<Delta | undefined> {
    const [rows, from] = split(await this.#view.log(this.#head.id, since - 1, LOG_PAGE + 1), since);
    if (checksum !== undefined && checksum !== from?.[`${view}Checksum`]) return undefined;
    const deltas = rows.map((row) => deltaFrom(this.#head.name, row, view));
    const isWhole = rows.length < LOG_PAGE && rows.every((row, i) => row.revision === since + 1 + i);
    return isWhole ? mergeDeltas(deltas.filter((delta) => typeof delta !== 'string')) : undefined;
  }

  async #catchUp(): Promise<void> {
    if (this.revision === undefined) return this.#reload();
    for (let held = this.revision; ; held = this.revision ?? held) {
      const rows = await this.#view.log(this.#head.id, held, LOG_PAGE);
      const misfit = rows.find((row) => !this.#publish(row));
      if (misfit !== undefined) {
        this.#concerns.warn(`revision ${misfit.revision} of ${this.#head.name} does not follow from what is held; loading it whole`);
        return this.#reload();
      }
      if (rows.length === 0) return this.#makeSure();
      if (rows.length < LOG_PAGE) return;
    }
  }

  /** A log without news may be another one: of a database that was set back, or put in the place of the one before. */
  async #makeSure(): Promise<void> {
    const head = await this.#view.head(this.#head.id);
    if (head !== null && this.isAt(head)) return;
    const held = this.revision ?? 0;
    // Written meanwhile: whoever wrote it says so.
    if (head !== null && head.revision > held && (await this.#view.log(this.#head.id, held, 1)).length > 0) return;
    this.#concerns.warn(`${this.#head.name} is not what is held at revision ${this.revision}; loading it whole`);
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const stored = await this.#view.load(this.#head.id);
    if (stored === null) return this.#feeds.close(this.#head.id);
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

/** The rows after a revision, and that of the revision itself where it is among them. */
function split(rows: readonly LogRow[], since: number): readonly [readonly LogRow[], LogRow | undefined] {
  const [first] = rows;
  return first?.revision === since ? [rows.slice(1), first] : [rows, undefined];
}
