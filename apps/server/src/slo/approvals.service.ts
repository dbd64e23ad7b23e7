import { randomUUID } from 'node:crypto';
import { type ApprovalView, type CreateApproval, isStorable, LIMITS } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { WriteBy } from '../access/index.js';
import { type AuditEntry, ChangeLedger, type ConfigStep, type LedgerTransaction, type WriteResult } from '../changes/index.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { type ConfigPlace, type Proposal, Proposals } from '../flags/index.js';
import { type ApprovalRow, ApprovalsStore, type Versions } from './approvals.store.js';

const uuid = z.uuid();

/** Approvals of one change each: given by somebody other than its author, while an error budget policy asks for that. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly store: ApprovalsStore,
    private readonly proposals: Proposals,
  ) {}

  /** The newest approvals of a flag in an environment. */
  async list(place: ConfigPlace, at: number): Promise<{ readonly items: readonly ApprovalView[] }> {
    const { id: environmentId, projectId } = await this.environments.environment(place.project, place.environment);
    const found = isStorable(place.flag) ? await this.store.newest({ projectId, environmentId, flag: place.flag }) : null;
    const { now, rows } = found ?? refuse('flag.not_found', { flag: place.flag });
    return { items: rows.map((row) => approvalView(place, row, { now, at })) };
  }

  /** Approves a change from the state that the flag has now. */
  async create(place: ConfigPlace, wanted: CreateApproval, by: WriteBy): Promise<WriteResult<ApprovalView>> {
    const environment = await this.environments.environment(place.project, place.environment);
    const { id: environmentId, projectId } = environment;
    const request = { ...by, reason: wanted.reason, projectId, environmentIds: [environmentId] };
    return this.ledger.write(request, async (ledger) => {
      const proposal = await this.proposals.propose({ environment, flag: place.flag }, wanted.config, ledger);
      const step = approvable(proposal);
      const { max } = LIMITS.approvalsPerFlag;
      const open = await this.store.open(ledger.tx, environmentId, step, ledger.at);
      if (open.length >= max) refuse('limit.reached', { limit: 'approvalsPerFlag', max });
      const row = rowOf(step, { environmentId, wanted, by: by.actor.name, at: ledger.at });
      await this.store.create(ledger.tx, row);
      const view = approvalView(place, row, { now: row, at: ledger.at.getTime() });
      return { entries: new Map(), audit: [line('approval.create', environmentId, { before: null, after: view })], result: view };
    });
  }

  /** Withdraws what was not used; what is over stays as it was. */
  async withdraw(place: ConfigPlace, id: string, by: WriteBy): Promise<WriteResult<ApprovalView>> {
    const { id: environmentId, projectId } = await this.environments.environment(place.project, place.environment);
    return this.ledger.write({ ...by, projectId, environmentIds: [] }, async ({ tx, at }: LedgerTransaction) => {
      const found = isStorable(place.flag) ? await this.store.newest({ projectId, environmentId, flag: place.flag }, tx) : null;
      const { now } = found ?? refuse('flag.not_found', { flag: place.flag });
      const held = uuid.safeParse(id).success ? await this.store.locked(tx, environmentId, id) : null;
      const row = held ?? refuse('approval.not_found', { approval: id });
      const before = approvalView(place, row, { now, at: at.getTime() });
      if (row.usedAt !== null) refuse('approval.settled', { state: 'used' });
      if (row.withdrawnAt !== null) return { entries: new Map(), audit: [], result: before };
      await this.store.withdraw(tx, id, by.actor.name, at);
      const after = approvalView(place, { ...row, withdrawnBy: by.actor.name, withdrawnAt: at }, { now, at: at.getTime() });
      return { entries: new Map(), audit: [line('approval.withdraw', environmentId, { before, after })], result: after };
    });
  }
}

/** Only what policies ask approval for can be approved. */
function approvable({ action, step }: Proposal): ConfigStep {
  if (action === 'ramp' && step !== undefined) return step;
  const problem = action === null ? 'it changes nothing' : `it gives no variant to more contexts (${action})`;
  return refuse('approval.needless', { problem });
}

interface Ground {
  readonly environmentId: string;
  readonly wanted: CreateApproval;
  readonly by: string;
  readonly at: Date;
}

function rowOf(step: ConfigStep, { environmentId, wanted, by, at }: Ground): ApprovalRow {
  const expiresAt = new Date(at.getTime() + wanted.expiresIn);
  const open = { usedBy: null, usedAt: null, withdrawnBy: null, withdrawnAt: null };
  return { ...step, ...open, id: randomUUID(), environmentId, reason: wanted.reason, approvedBy: by, approvedAt: at, expiresAt };
}

function approvalView(
  { flag, environment }: ConfigPlace,
  row: ApprovalRow,
  { now, at }: { readonly now: Versions; readonly at: number },
): ApprovalView {
  const { id, config, flagVersion, configVersion, reason, approvedBy, usedBy, withdrawnBy } = row;
  const iso = (date: Date | null) => date?.toISOString() ?? null;
  return {
    id,
    flag,
    environment,
    state: stateOf(row, now, at),
    config,
    flagVersion,
    configVersion,
    reason,
    approvedBy,
    approvedAt: row.approvedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    usedBy,
    usedAt: iso(row.usedAt),
    withdrawnBy,
    withdrawnAt: iso(row.withdrawnAt),
  };
}

function stateOf({ usedAt, withdrawnAt, expiresAt, ...row }: ApprovalRow, now: Versions, at: number): ApprovalView['state'] {
  if (usedAt !== null) return 'used';
  if (withdrawnAt !== null) return 'withdrawn';
  if (expiresAt.getTime() <= at) return 'expired';
  return row.flagVersion === now.flagVersion && row.configVersion === now.configVersion ? 'open' : 'outdated';
}

function line(action: string, environmentId: string, { before, after }: { before: ApprovalView | null; after: ApprovalView }): AuditEntry {
  return { environmentId, action, resourceKind: 'flag', resourceKey: after.flag, before, after };
}
