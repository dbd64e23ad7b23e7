import type { Scope } from '../objective.js';
import type { BudgetPolicy, PolicyAction, PolicyStep } from '../policy.js';
import { Fields } from './fields.js';
import { ANNOTATION } from './words.js';

const STEPS = ['notify', 'require_approval_for_ramp', 'freeze_rollouts', 'freeze_changes'] as const;
const ACTIONS: readonly PolicyAction[] = ['ramp', 'change', 'fix', 'turn_off', 'rollback', 'kill_switch'];

/** The scope that an export of ours wrote down; undefined without one. */
export function scopeFrom(annotations: Fields | undefined): Scope | undefined {
  const value = json(annotations, ANNOTATION.scope);
  if (annotations === undefined || value === undefined) return undefined;
  const fields = new Fields(value, '', () => undefined);
  const [flag, variant, tag, service] = ['flag', 'variant', 'tag', 'service'].map((key) => fields.text(key));
  switch (fields.text('kind')) {
    case 'flag':
      if (flag !== undefined) return { kind: 'flag', flag };
      break;
    case 'variant':
      if (flag !== undefined && variant !== undefined) return { kind: 'variant', flag, variant };
      break;
    case 'tag':
      if (tag !== undefined) return { kind: 'tag', tag };
      break;
    case 'service':
      if (service !== undefined) return { kind: 'service', service };
      break;
    default:
  }
  annotations.refuse(ANNOTATION.scope, 'is no scope');
  return undefined;
}

/** The error budget policy that an export of ours wrote down; undefined without one. */
export function policyFrom(annotations: Fields | undefined): BudgetPolicy | undefined {
  const value = json(annotations, ANNOTATION.policy);
  if (annotations === undefined || value === undefined) return undefined;
  const steps = Array.isArray(value) ? value.map(stepFrom) : [null];
  const sound = steps.filter((step) => step !== null);
  if (sound.length === steps.length) return sound;
  annotations.refuse(ANNOTATION.policy, 'is no error budget policy');
  return undefined;
}

function stepFrom(value: unknown): PolicyStep | null {
  const fields = new Fields(value, '', () => undefined);
  const remainingBelow = fields.number('remainingBelow');
  const named = fields.text('action');
  const action = STEPS.find((step) => step === named);
  const exempt = exemptFrom(value);
  if (remainingBelow === undefined || action === undefined || exempt === null) return null;
  return { remainingBelow, action, ...(exempt === undefined ? {} : { exempt }) };
}

function exemptFrom(value: unknown): readonly PolicyAction[] | null | undefined {
  if (typeof value !== 'object' || value === null || !('exempt' in value)) return undefined;
  if (!Array.isArray(value.exempt)) return null;
  const named: readonly unknown[] = value.exempt;
  const known = named.flatMap((name) => ACTIONS.find((action) => action === name) ?? []);
  return known.length === named.length ? known : null;
}

function json(annotations: Fields | undefined, key: string): unknown {
  const text = annotations?.text(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    annotations?.refuse(key, 'is no JSON');
    return undefined;
  }
}
