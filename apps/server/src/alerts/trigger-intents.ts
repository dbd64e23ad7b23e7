import type { AlertmanagerPayload, TriggerAction, TriggerRequest } from '@ballast/api';
import type { TriggerRecord } from './triggers.store.js';

/** One thing that a trigger is asked for. */
export interface Intent {
  /** Sent again under the same one, it is not done again. */
  readonly identity: string;
  readonly action: TriggerAction | 'close';
  readonly environment: string | null;
  readonly flag: string | null;
  readonly title: string;
}

const TITLE_LENGTH = 255;

/** What Alertmanager's alerts ask of a trigger: while one fires all that the trigger may do, and its end closes what it opened. */
export function intentsOfAlerts({ alerts }: AlertmanagerPayload, { allow }: Pick<TriggerRecord, 'allow'>): readonly Intent[] {
  const [only, ...others] = allow.environments;
  return alerts.flatMap(({ status, labels, annotations, startsAt, fingerprint }): readonly Intent[] => {
    const flag = labels.flag ?? null;
    const environment = labels.environment ?? (others.length === 0 ? (only ?? null) : null);
    const title = titleOf(annotations.summary ?? labels.alertname ?? fingerprint);
    const base = { identity: `${fingerprint}/${new Date(startsAt).toISOString()}`, environment, flag, title };
    if (status === 'resolved') return [{ ...base, action: 'close' as const }];
    // An alert that names no flag cannot mean that one be killed.
    return allow.actions.filter((action) => action === 'incident' || flag !== null).map((action) => ({ ...base, action }));
  });
}

/** What a sender of its own asks for. */
export function intentOfRequest({ action, environment, flag, reason }: TriggerRequest, identity: string): Intent {
  return { identity, action, environment, flag: flag ?? null, title: titleOf(reason) };
}

/** Whether a trigger may do this: each flag and environment that it names must be on its list. */
export function isAllowed({ action, environment, flag }: Intent, { allow }: Pick<TriggerRecord, 'allow'>): boolean {
  if (action === 'close') return true;
  if (!allow.actions.includes(action) || environment === null || !allow.environments.includes(environment)) return false;
  return flag === null ? action === 'incident' : allow.flags.includes(flag);
}

function titleOf(text: string): string {
  return [...text.trim()].slice(0, TITLE_LENGTH).join('') || 'without a title';
}
