import { decideByPolicy, HOUR, type PolicyAction, type PolicyAnswer } from '@ballast/slo';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { can } from '../access/index.js';
import { type AuditEntry, type ChangeGate, ChangeGates, diff, type FlagChange, type WriteRequest } from '../changes/index.js';
import { Clock } from '../clock.js';
import type { Transaction } from '../database/index.js';
import { refuse } from '../errors.js';
import { type ApprovalRow, ApprovalsStore } from './approvals.store.js';
import { type BudgetRow, BudgetsView } from './budgets.view.js';
import { flagOf, tagOf } from './objective.types.js';

/** What was found longer ago holds nobody up: whoever evaluates objectives is in trouble, and perhaps they are not. */
const STALE_MS = HOUR;

/** One objective whose policy stands in the way of a change. */
interface Objection {
  readonly objective: string;
  readonly flag: string;
  readonly verdict: 'needs_approval' | 'refused';
  readonly remaining: number | null;
  readonly action: string;
  readonly remainingBelow: number;
}

/** Holds changes of flags up against the policies of their objectives' error budgets. */
@Injectable()
export class PolicyGate implements ChangeGate, OnModuleInit {
  constructor(
    private readonly view: BudgetsView,
    private readonly approvals: ApprovalsStore,
    private readonly gates: ChangeGates,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.gates.add(this);
  }

  async ask(tx: Transaction, changes: readonly FlagChange[], request: WriteRequest): Promise<readonly AuditEntry[]> {
    const budgets = await this.view.spent(tx, [...new Set(changes.map(({ environmentId }) => environmentId))]);
    if (budgets.length === 0) return [];
    const fresh = this.clock.now() - STALE_MS;
    const known = budgets.filter(({ at }) => at.getTime() >= fresh);
    const asked = changes.flatMap((change) => objectionsTo(change, known, request.declared === 'fix' ? 'fix' : change.action));
    const objections = asked.map(({ objection }) => objection);
    const isExcused =
      request.declared === 'fix' &&
      objections.length === 0 &&
      changes.some((change) => objectionsTo(change, known, change.action).length > 0);
    if (isExcused)
      return reasoned(
        request,
        changes.map((change) => line('policy.fix', change, { objectives: [] })),
      );
    if (objections.length === 0) return [];
    if (request.declared === 'override') return overridden(request, asked);
    if (objections.some(({ verdict }) => verdict === 'refused')) return refuse('policy.frozen', { objectives: objections });
    return this.approved(tx, asked, request);
  }

  /** Uses up an approval for each change that needs one; where one is missing, none is used. */
  private async approved(tx: Transaction, asked: readonly Asked[], request: WriteRequest): Promise<readonly AuditEntry[]> {
    const at = new Date(this.clock.now());
    const lines: AuditEntry[] = [];
    for (const change of new Set(asked.map((each) => each.change))) {
      const objectives = asked.filter((each) => each.change === change).map(({ objection }) => objection);
      const approval = await this.approvalOf(tx, change, request.actor.name, at);
      if (approval === null) return refuse('policy.approval_needed', { objectives, askAt: await this.approvals.pathOf(tx, change) });
      await this.approvals.use(tx, approval.id, request.actor.name, at);
      lines.push(line('policy.approved', change, { objectives, ...factsOf(approval) }));
    }
    return lines;
  }

  /** An open approval of exactly this change, from exactly this state, by somebody else. */
  private async approvalOf(tx: Transaction, { environmentId, step }: FlagChange, actor: string, at: Date): Promise<ApprovalRow | null> {
    if (step === undefined) return null;
    const open = await this.approvals.open(tx, environmentId, step, at);
    return open.find(({ config, approvedBy }) => approvedBy !== actor && diff(config, step.config).length === 0) ?? null;
  }
}

interface Asked {
  readonly change: FlagChange;
  readonly objection: Objection;
}

function objectionsTo(change: FlagChange, budgets: readonly BudgetRow[], action: PolicyAction): readonly Asked[] {
  return budgets
    .filter((budget) => concerns(budget, change))
    .flatMap(({ name, document, remaining }) => {
      const answer = decideByPolicy(document.policy, remaining, action);
      const objection = objectionOf(answer, { objective: name, flag: change.flag, remaining });
      return objection === null ? [] : [{ change, objection }];
    });
}

function objectionOf({ verdict, because }: PolicyAnswer, facts: Pick<Objection, 'objective' | 'flag' | 'remaining'>): Objection | null {
  if (verdict === 'allowed' || because === null) return null;
  return { ...facts, verdict, action: because.action, remainingBelow: because.remainingBelow };
}

function concerns({ environmentId, document }: BudgetRow, change: FlagChange): boolean {
  if (environmentId !== change.environmentId) return false;
  const tag = tagOf(document);
  return tag === null ? flagOf(document) === change.flag : change.tags.includes(tag);
}

function overridden(request: WriteRequest, asked: readonly Asked[]): readonly AuditEntry[] {
  if (!can(request.actor, 'override')) refuse('auth.forbidden', { scope: 'override' });
  const changes = [...new Set(asked.map(({ change }) => change))];
  const objectionsOf = (change: FlagChange) => asked.filter((each) => each.change === change).map(({ objection }) => objection);
  return reasoned(
    request,
    changes.map((change) => line('policy.override', change, { objectives: objectionsOf(change) })),
  );
}

/** The lines of the audit, for whoever said why. */
function reasoned({ reason }: WriteRequest, lines: readonly AuditEntry[]): readonly AuditEntry[] {
  if (reason === undefined)
    refuse('request.invalid', { problems: [{ path: '/reason', message: 'must say why the policy does not apply' }] });
  return lines;
}

function factsOf({ id, approvedBy, approvedAt, reason }: ApprovalRow) {
  return { approval: { id, approvedBy, approvedAt: approvedAt.toISOString(), reason } };
}

function line(action: string, { environmentId, flag }: FlagChange, after: object): AuditEntry {
  return { environmentId, action, resourceKind: 'flag', resourceKey: flag, before: null, after };
}
