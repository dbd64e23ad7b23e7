import { ADVISORY_LOCKS } from './advisory-lock.js';
import type { Transaction } from './transaction.js';

/** The time that one server leads. */
export class Term {
  readonly #pid: number;
  /** Aborted as soon as the lead is lost or given up. */
  readonly signal: AbortSignal;

  /** The lock of the lead is held by the connection with this process id. */
  constructor(pid: number, signal: AbortSignal) {
    this.#pid = pid;
    this.signal = signal;
  }

  /**
   * Fails unless the term still goes on; if it does, it lasts until the transaction ends: the next leader begins nothing before
   * that. To be called first in every transaction in which the leader writes.
   */
  async fence(tx: Transaction): Promise<void> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock_shared(${ADVISORY_LOCKS.leaderWork}::bigint)::text`;
    const [row] = await tx.$queryRaw<{ leads: boolean }[]>`
      SELECT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 0 AND objid = ${ADVISORY_LOCKS.leader}::int::oid AND granted AND pid = ${this.#pid}::int
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      ) AS leads`;
    if (row?.leads !== true) throw new Error('this server does not lead any more');
  }
}
