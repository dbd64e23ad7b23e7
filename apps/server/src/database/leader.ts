import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { leaderChanged } from '../events.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { ADVISORY_LOCKS } from './advisory-lock.js';
import { databaseUrlOf } from './database-url.js';
import { Session } from './session.js';
import { Term } from './term.js';

/** How often a server asks whether the lead is free. */
const STAND_MS = 1_000;
/** How long work of the term before may go on before it is ended. */
const LAST_WORK = '2s';

/** What one server does for all of them; it passes `term.fence` what it writes in. */
export type LeaderWork = (term: Term) => Promise<void>;

interface Duty {
  readonly everyMs: number;
  readonly work: LeaderWork;
}

/**
 * One of the servers over a database leads: it holds a lock by a connection of its own. Its lead ends with that connection,
 * however it ends, and the next server takes over within seconds.
 */
@Injectable()
export class Leader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Leader.name);
  private readonly duties: Duty[] = [];
  private readonly stopping = new AbortController();
  private term: Term | null = null;
  private standing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.standing = this.stand();
  }

  /** Ends what it does as the leader, and lets the next one lead. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.standing;
  }

  isLeader(): boolean {
    return this.term !== null && !this.term.signal.aborted;
  }

  /** Does this from time to time while this server leads, first when its term begins; never twice at once. */
  every(everyMs: number, work: LeaderWork): void {
    this.duties.push({ everyMs, work });
  }

  private async stand(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.standOnce().catch((error: unknown) => this.logger.debug(`cannot stand for the lead: ${String(error)}`));
      await pause(STAND_MS, this.stopping.signal);
    }
  }

  /** Waits for the lead and leads, as long as one connection lasts. */
  private async standOnce(): Promise<void> {
    const session = await Session.open(databaseUrlOf(this.settings), { name: 'ballast-leader' });
    const over = AbortSignal.any([this.stopping.signal, session.ended]);
    // Every duty waits for its end, and there are as many as there are.
    setMaxListeners(0, over);
    try {
      while (!over.aborted && !(await mayLead(session))) await pause(STAND_MS, over);
      if (over.aborted) return;
      await endFormerTerm(session);
      await this.lead(new Term(await pidOf(session), over));
    } finally {
      await session.close();
    }
  }

  private async lead(term: Term): Promise<void> {
    this.term = term;
    leaderChanged(true);
    this.logger.log('leads');
    term.signal.addEventListener('abort', () => leaderChanged(false), { once: true });
    await Promise.all(this.duties.map((duty) => this.fulfil(duty, term)));
    if (!term.signal.aborted) await new Promise((resolve) => term.signal.addEventListener('abort', resolve, { once: true }));
    this.term = null;
    this.logger.log('leads no more');
  }

  private async fulfil({ everyMs, work }: Duty, term: Term): Promise<void> {
    while (!term.signal.aborted) {
      await work(term).catch((error: unknown) => this.logger.warn(`could not do the leader's work: ${String(error)}`));
      await pause(this.clock.wait(everyMs), term.signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

async function mayLead(session: Session): Promise<boolean> {
  const [row] = await session.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [ADVISORY_LOCKS.leader]);
  return row?.held === true;
}

async function pidOf(session: Session): Promise<number> {
  const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  return row?.pid ?? 0;
}

/** Waits until no work of the term before is under way; what does not end is ended, for whoever began it may be out of reach. */
async function endFormerTerm(session: Session): Promise<void> {
  await session.query(`set lock_timeout = '${LAST_WORK}'`);
  const lock = () => session.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.leaderWork]);
  await lock().catch(async () => {
    await session.query(
      `select pg_terminate_backend(pid) from pg_locks
       where locktype = 'advisory' and classid = 0 and objid = $1 and database = (select oid from pg_database where datname = current_database())
         and granted and pid <> pg_backend_pid()`,
      [ADVISORY_LOCKS.leaderWork],
    );
    await lock();
  });
  await session.query('select pg_advisory_unlock($1)', [ADVISORY_LOCKS.leaderWork]);
}
