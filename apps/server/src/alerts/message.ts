import type { AlertMessage } from '@ballast/api';
import { type AlertLabels, type AlertNotice, DAY, durationText, groupOf, HOUR, MINUTE } from '@ballast/slo';

/** What a tier said, as far as it is told. */
export interface Burn {
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
  readonly longBurn: number;
  readonly shortBurn: number;
  readonly fires: boolean;
}

/** What is known of an objective beside its alert. */
export interface ObjectiveFacts {
  readonly target: number;
  readonly sli: number | null;
  readonly remaining: number | null;
  readonly runbook: string | null;
}

/** What is to be told of one alert. */
export interface Telling {
  readonly kind: AlertNotice['kind'] | 'repeated' | 'acknowledged' | 'test';
  readonly at: number;
  readonly since: number;
  readonly level: number;
  readonly key: string;
  readonly labels: AlertLabels;
  readonly burns: readonly Burn[];
  readonly facts: ObjectiveFacts;
  /** See `AlertFindings.because`. */
  readonly because?: string | null;
}

/** One line of what changed before. */
export type Change = AlertMessage['data']['changes'][number];

/** Tellings that make one message: all of one kind, of one flag in one environment, pages first. */
export function messageOf(
  tellings: readonly [Telling, ...Telling[]],
  context: { readonly url: string; readonly changes: readonly Change[] },
): AlertMessage {
  const [first] = tellings;
  const { project, environment, flag, variant } = first.labels;
  return {
    type: `alert.${first.kind}`,
    timestamp: iso(first.at),
    data: {
      project,
      environment,
      group: groupOf(first.labels),
      flag: flag ?? null,
      variant: variant ?? null,
      alerts: tellings.map((telling) => alertOf(telling, context.url)),
      changes: [...context.changes],
      link: `${context.url}/api/v1/projects/${encodeURIComponent(project)}/alerts?environment=${encodeURIComponent(environment)}`,
    },
  };
}

/** Groups tellings into the messages they make. */
export function groupTellings(tellings: readonly Telling[]): readonly (readonly [Telling, ...Telling[]])[] {
  const groups = new Map<string, [Telling, ...Telling[]]>();
  const byUrgency = [...tellings].sort((a, b) => urgency(a) - urgency(b));
  for (const telling of byUrgency) {
    const name = `${telling.kind} ${telling.level} ${groupOf(telling.labels)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [telling]);
    else group.push(telling);
  }
  return [...groups.values()];
}

function urgency({ labels }: Telling): number {
  return labels.severity === 'page' ? 0 : 1;
}

function alertOf(telling: Telling, url: string): AlertMessage['data']['alerts'][number] {
  const { labels, facts, kind, key, level, since, burns, because = null } = telling;
  return {
    key,
    kind: labels.kind ?? 'burn',
    objective: labels.objective,
    severity: labels.severity,
    status: kind === 'repeated' ? 'firing' : kind,
    flag: labels.flag ?? null,
    variant: labels.variant ?? null,
    because,
    owner: labels.owner ?? null,
    summary: summaryOf(telling),
    since: iso(since),
    level,
    target: facts.target,
    sli: facts.sli,
    budgetRemaining: facts.remaining,
    burns: burns.map((burn) => ({ ...burn })),
    runbook: facts.runbook,
    link: `${url}/api/v1/projects/${encodeURIComponent(labels.project)}/objectives/${encodeURIComponent(labels.objective)}`,
  };
}

/** One sentence: what, how bad, where. */
export function summaryOf(telling: Telling): string {
  const { kind, labels, at, since, level } = telling;
  const { project, environment, severity } = labels;
  if (kind === 'test') return `This is a test of ${project}/${environment}: nothing is wrong`;
  if (kind === 'resolved') return `Resolved: ${endOf(labels)}`;
  if (kind === 'acknowledged') return `Acknowledged: ${subjectOf(labels)}`;
  const lead =
    kind === 'escalated' ? `Nobody acknowledged for ${lasting(at - since)} (level ${level})` : severity === 'page' ? 'Page' : 'Ticket';
  return `${lead}: ${troubleOf(telling)}`;
}

/** The objective, what it is about, and where that is. */
function subjectOf({ objective, flag, service, tag, variant, project, environment }: AlertLabels): string {
  const about = flag ?? service ?? tag;
  const what = about === undefined ? objective : `${objective} of ${about}${variant === undefined ? '' : ` (${variant})`}`;
  return `${what} in ${project}/${environment}`;
}

function troubleOf({ labels, burns, because }: Telling): string {
  const subject = subjectOf(labels);
  const reason = because ?? '';
  if (labels.kind === 'telemetry') return `telemetry of ${subject} is missing, which says nothing about health: ${reason}`;
  if (labels.kind === 'budget') return `${subject} has ${reason}`;
  return `${subject} burns its error budget${paceOf(burns)}`;
}

function endOf(labels: AlertLabels): string {
  const subject = subjectOf(labels);
  if (labels.kind === 'telemetry') return `nothing is missing any more of the telemetry of ${subject}`;
  if (labels.kind === 'budget') return `the step ${labels.step} of the error budget policy of ${subject} applies no more`;
  return `${subject} meets its objective again`;
}

/** How fast the budget burns, by the rule that is most over its limit. */
function paceOf(burns: readonly Burn[]): string {
  const [worst] = burns.filter(({ fires }) => fires).sort((a, b) => b.longBurn / b.factor - a.longBurn / a.factor);
  if (worst === undefined) return '';
  return ` ${round(worst.longBurn)}x as fast as allowed over ${durationText(worst.longMs)} and ${round(worst.shortBurn)}x over ${durationText(worst.shortMs)} (limit ${round(worst.factor)}x)`;
}

/** How long something lasts, for people. */
export function lasting(ms: number): string {
  if (ms < HOUR) return `${Math.max(0, Math.round(ms / MINUTE))} min`;
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} d`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
