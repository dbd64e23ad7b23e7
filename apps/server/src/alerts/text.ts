import type { AlertMessage } from '@ballast/api';

/** The first line of a message: one line, whatever names people give. */
export function titleOf({ data }: AlertMessage): string {
  const [first] = data.alerts;
  const others = data.alerts.length - 1;
  return onOneLine(`${first?.summary ?? ''}${others > 0 ? ` (and ${others} more)` : ''}`);
}

/** Control characters and line breaks of every kind are spaces: a name makes no header, and no line of its own. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** A message as text for people: what, since when, how bad, where, what changed, what to do. */
export function textOf(message: AlertMessage): string {
  const { data } = message;
  return [...data.alerts.flatMap(linesOf), ...changesOf(message), `Alerts: ${data.link}`].join('\n');
}

/** What a message says of one alert. */
export function linesOf(alert: AlertMessage['data']['alerts'][number]): readonly string[] {
  const { summary, since, target, sli, budgetRemaining, owner, runbook, link, status } = alert;
  if (status === 'test') return [summary, ''];
  const budget = budgetRemaining === null ? 'unknown' : percent(budgetRemaining);
  return [
    onOneLine(summary),
    `Since ${since}; objective ${percent(target)}, now ${sli === null ? 'unknown' : percent(sli)}; error budget left ${budget}`,
    ...(owner === null ? [] : [`Owner: ${owner}`]),
    ...(runbook === null ? [] : [`Runbook: ${runbook}`]),
    `Objective: ${link}`,
    '',
  ];
}

/** What changed in the hour before; nothing is said of it where it helps nobody. */
export function changesOf({ data, type }: AlertMessage): readonly string[] {
  if (!['alert.firing', 'alert.escalated', 'alert.repeated'].includes(type)) return [];
  if (data.changes.length === 0) return ['Nothing changed in the hour before.', ''];
  const lines = data.changes.map(({ at, actor, action, kind, key, environment, reason }) => {
    const where = environment === null ? '' : ` in ${environment}`;
    return onOneLine(`- ${at} ${actor}: ${action} ${kind} ${key}${where}${reason === null ? '' : ` (${shortened(reason)})`}`);
  });
  return ['Changed in the hour before:', ...lines, ''];
}

const REASON_LENGTH = 200;

function shortened(reason: string): string {
  const all = [...reason];
  return all.length <= REASON_LENGTH ? reason : `${all.slice(0, REASON_LENGTH).join('')}…`;
}

/** A share for people. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
