import type { AlertMessage } from '@ballast/api';

/** The first line of a message. */
export function titleOf({ data }: AlertMessage): string {
  const [first] = data.alerts;
  const others = data.alerts.length - 1;
  return `${first?.summary ?? ''}${others > 0 ? ` (and ${others} more)` : ''}`;
}

/** A message as text for people: what, since when, how bad, where, what changed, what to do. */
export function textOf(message: AlertMessage): string {
  const { data } = message;
  return [...data.alerts.flatMap(linesOf), ...changesOf(message), `Alerts: ${data.link}`].join('\n');
}

function linesOf(alert: AlertMessage['data']['alerts'][number]): readonly string[] {
  const { summary, since, target, sli, budgetRemaining, owner, runbook, link, status } = alert;
  if (status === 'test') return [summary, ''];
  const budget = budgetRemaining === null ? 'unknown' : percent(budgetRemaining);
  return [
    summary,
    `Since ${since}; objective ${percent(target)}, now ${sli === null ? 'unknown' : percent(sli)}; error budget left ${budget}`,
    ...(owner === null ? [] : [`Owner: ${owner}`]),
    ...(runbook === null ? [] : [`Runbook: ${runbook}`]),
    `Objective: ${link}`,
    '',
  ];
}

function changesOf({ data, type }: AlertMessage): readonly string[] {
  if (type !== 'alert.firing' && type !== 'alert.escalated') return [];
  if (data.changes.length === 0) return ['Nothing changed in the hour before.', ''];
  const lines = data.changes.map(({ at, actor, action, kind, key, environment, reason }) => {
    const where = environment === null ? '' : ` in ${environment}`;
    return `- ${at} ${actor}: ${action} ${kind} ${key}${where}${reason === null ? '' : ` (${reason})`}`;
  });
  return ['Changed in the hour before:', ...lines, ''];
}

/** A share for people. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
