import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { PrismaService } from '../database/index.js';
import { changeWritten } from '../events.js';
import { ChangeGates } from './change-gate.js';
import { type LockedRevision, lockRevisions, type NumberedPlan, readEntries, saveChecksums, saveWrite } from './changes.store.js';
import { type Correction, planEnvironment } from './environment-plan.js';
import type { EntryChange, LedgerTransaction, Work, WriteRequest, WriteResult } from './ledger.types.js';
import { WriteGate } from './write-gate.js';

/** Writers queue for the counter row, so a busy environment makes them wait; these bounds end in a clear refusal. */
const WAIT = { maxWait: 10_000, timeout: 30_000 };

/** The one door for every write: work, revision, log, audit and hint are one transaction, or nothing is. */
@Injectable()
export class ChangeLedger {
  private readonly gate = new WriteGate();

  constructor(
    private readonly prisma: PrismaService,
    private readonly clock: Clock,
    private readonly gates: ChangeGates,
  ) {}

  /** Runs the work under the locks of its environments and appends what it changed to the log and the audit. */
  async write<Result>(request: WriteRequest, work: (ledger: LedgerTransaction) => Promise<Work<Result>>): Promise<WriteResult<Result>> {
    const rehearsal = new Rehearsal<Result>();
    const transaction = async (tx: LedgerTransaction['tx']) => {
      const locked = await lockRevisions(tx, request);
      const at = new Date(this.clock.now());
      const nextRevision = nextRevisions(request, locked);
      const worked = await work({ tx, at, nextRevision });
      const passed = await this.gates.ask(tx, worked.flagChanges ?? [], request);
      const done = { ...worked, audit: [...worked.audit, ...passed] };
      assertLocked(done.entries, nextRevision);
      const plans = await this.plan(tx, done.entries, locked);
      await saveWrite(tx, request, plans, { lines: done.audit, at });
      await request.alongside?.(tx);
      const written = resultOf(done, plans, locked);
      if (request.dryRun) throw rehearsal.end(written);
      return { written, locked };
    };
    const write = this.gate.run(request, () => this.prisma.$transaction(transaction, WAIT));
    return write.then(announce, (error: unknown) => rehearsal.answerFor(error));
  }

  /** Takes the word of whoever has read all entries over its own sums: a wrong sum would make every later delta misfit. */
  correct(correction: Correction): Promise<void> {
    return saveChecksums(this.prisma, correction);
  }

  private async plan(
    tx: LedgerTransaction['tx'],
    entries: ReadonlyMap<string, readonly EntryChange[]>,
    locked: readonly LockedRevision[],
  ): Promise<readonly NumberedPlan[]> {
    const stored = await readEntries(tx, entries);
    const held = new Map(locked.map((row) => [row.environmentId, row]));
    const plans: NumberedPlan[] = [];
    for (const [environmentId, list] of entries) {
      const row = held.get(environmentId) ?? { current: 0, checksums: { server: 0, client: 0 } };
      const plan = await planEnvironment(stored.get(environmentId) ?? new Map(), list, row.checksums);
      if (plan) plans.push({ ...plan, environmentId, revision: row.current + 1 });
    }
    return plans;
  }
}

function nextRevisions(request: WriteRequest, locked: readonly LockedRevision[]): ReadonlyMap<string, number> {
  const created = request.environmentIds === 'all' ? [] : request.environmentIds.map((id): [string, number] => [id, 1]);
  return new Map([...created, ...locked.map((row): [string, number] => [row.environmentId, row.current + 1])]);
}

function assertLocked(entries: ReadonlyMap<string, unknown>, nextRevision: ReadonlyMap<string, number>): void {
  const strays = [...entries.keys()].filter((id) => !nextRevision.has(id));
  if (strays.length > 0) throw new Error(`the work changed environments that the request did not lock: ${strays.join(', ')}`);
}

/** Counts the revisions that were committed. An environment made by this very write is not known by its place yet. */
function announce<Written extends WriteResult<unknown>>({
  written,
  locked,
}: {
  written: Written;
  locked: readonly LockedRevision[];
}): Written {
  const places = new Map(locked.map((row) => [row.environmentId, row.place]));
  for (const environmentId of written.revisions.keys()) changeWritten(places.get(environmentId) ?? 'new');
  return written;
}

function resultOf<Result>(work: Work<Result>, plans: readonly NumberedPlan[], locked: readonly LockedRevision[]): WriteResult<Result> {
  return {
    result: work.result,
    revisions: new Map(plans.map((plan) => [plan.environmentId, plan.revision])),
    audit: work.audit,
    environmentKeys: new Map(locked.map((row) => [row.environmentId, row.key])),
  };
}

/** Prisma rolls back only when the work throws: a dry run throws this after everything was done. */
class Rehearsal<Result> extends Error {
  private written: WriteResult<Result> | null = null;

  end(written: WriteResult<Result>): this {
    this.written = written;
    return this;
  }

  answerFor(error: unknown): WriteResult<Result> {
    if (error === this && this.written) return this.written;
    throw error;
  }
}
