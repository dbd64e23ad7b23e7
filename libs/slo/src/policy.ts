import type { Finding } from './check-rules.js';

/** What happens when less than a share of the budget is left. */
export interface PolicyStep {
  /** Applies while the remaining share is below this; 0.25 is a quarter, 0 means overspent. */
  readonly remainingBelow: number;
  readonly action: 'notify' | 'require_approval_for_ramp' | 'freeze_rollouts' | 'freeze_changes';
  /** Actions that this step lets pass, besides those that nothing ever stops. */
  readonly exempt?: readonly PolicyAction[];
}

/** An error budget policy: the steps, in any order. */
export type BudgetPolicy = readonly PolicyStep[];

/** What somebody is about to do: `ramp` gives a variant to more contexts, `change` is any other change, `fix` one declared to mend. */
export type PolicyAction = 'ramp' | 'change' | 'fix' | 'turn_off' | 'rollback' | 'kill_switch';

/** What a policy says about an action. */
export interface PolicyAnswer {
  readonly verdict: 'allowed' | 'needs_approval' | 'refused';
  /** The step that decided; null when none applies. */
  readonly because: PolicyStep | null;
}

/** Notify at half, ask for approval of ramps at a quarter, stop rollouts when nothing is left. */
export const DEFAULT_POLICY: BudgetPolicy = [
  { remainingBelow: 0.5, action: 'notify' },
  { remainingBelow: 0.25, action: 'require_approval_for_ramp' },
  { remainingBelow: 0, action: 'freeze_rollouts', exempt: ['rollback', 'kill_switch', 'fix'] },
];

const NEVER_STOPPED: readonly PolicyAction[] = ['turn_off', 'rollback', 'kill_switch'];

/** Whether an action may happen with this much of the budget left; null (no data) stops nothing, and nothing stops turning off. */
export function decideByPolicy(policy: BudgetPolicy, remaining: number | null, action: PolicyAction): PolicyAnswer {
  const steps = policy.filter((step) => remaining !== null && remaining < step.remainingBelow);
  const stopping = steps.filter((step) => stops(step, action));
  const refusing = stopping.find((step) => step.action !== 'require_approval_for_ramp');
  const because = refusing ?? stopping[0] ?? null;
  const verdict = refusing !== undefined ? 'refused' : because === null ? 'allowed' : 'needs_approval';
  return { verdict, because };
}

function stops(step: PolicyStep, action: PolicyAction): boolean {
  if (NEVER_STOPPED.includes(action) || step.exempt?.includes(action) === true) return false;
  if (step.action === 'freeze_changes') return true;
  return step.action !== 'notify' && action === 'ramp';
}

/** What is wrong with a policy. */
export function checkPolicy(policy: BudgetPolicy): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  policy.forEach((step, index) => {
    const path = `policy[${index}]`;
    if (!(step.remainingBelow <= 1 && step.remainingBelow >= -10)) {
      findings.push({ level: 'error', path, message: 'remainingBelow must be a share of the budget between -10 and 1' });
    }
    if (seen.has(step.action)) findings.push({ level: 'error', path, message: `${step.action} stands in the policy twice` });
    seen.add(step.action);
  });
  return findings;
}
