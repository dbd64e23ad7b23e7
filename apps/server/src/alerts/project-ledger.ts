import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { type AuditEntry, ChangeLedger, type LedgerTransaction, type WriteResult } from '../changes/index.js';
import { Clock } from '../clock.js';
import { Environments } from '../environments/index.js';

/** A transaction of the ledger in a project. */
export interface ProjectTransaction extends Pick<LedgerTransaction, 'tx' | 'at'> {
  readonly projectId: string;
}

/** What was done there; no client of any stream feels it. */
export interface QuietWork<Result> {
  readonly audit: readonly AuditEntry[];
  readonly result: Result;
}

/** Writes what belongs to a project and concerns no snapshot. */
@Injectable()
export class ProjectLedger {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly clock: Clock,
  ) {}

  now(): number {
    return this.clock.now();
  }

  async projectId(project: string): Promise<string> {
    return (await this.environments.project(project)).id;
  }

  /** Runs the work in one transaction with its audit. */
  async write<Result>(
    project: string,
    by: WriteBy,
    work: (ledger: ProjectTransaction) => Promise<QuietWork<Result>>,
  ): Promise<WriteResult<Result>> {
    const projectId = await this.projectId(project);
    return this.ledger.write({ ...by, projectId, environmentIds: [] }, async ({ tx, at }) => ({
      entries: new Map(),
      ...(await work({ tx, at, projectId })),
    }));
  }
}
