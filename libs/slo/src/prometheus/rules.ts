import { budgetRatio } from '../burn.js';
import { ruleText } from '../check-rules.js';
import { absenceHoldMs } from '../detection.js';
import { durationText } from '../durations.js';
import { type BurnRule, ENOUGH_FAILURES, type Severity } from '../fires.js';
import { type Objective, rulesOf, windowsOf } from '../objective.js';
import { type CountQueries, countQueries, type FlagsOfTag, matcher } from './counters.js';
import { type Yaml, yamlOf } from './yaml.js';

/** Names of the alerts of an objective: one for its budget, one for missing telemetry. Each objective has its own, so that each can be tested alone. */
export function alertNames(objective: Objective): { readonly burn: string; readonly absence: string } {
  const path = pathOf(objective);
  return { burn: `BallastErrorBudgetBurn:${path}`, absence: `BallastTelemetryAbsent:${path}` };
}

/** Recording and alerting rules for Prometheus, one group per objective, as the text of a rule file. */
export function prometheusRules(objectives: readonly Objective[], flagsOfTag: FlagsOfTag = () => []): string {
  return yamlOf({ groups: objectives.map((objective) => groupOf(objective, countQueries(objective, flagsOfTag))) });
}

/** An alert that rules raise, as Prometheus labels and annotates it. */
export interface RaisedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The tiers of a severity that wait equally long: what becomes one alerting rule. */
export interface AlertingTiers {
  readonly severity: Severity;
  readonly forMs: number;
  readonly rules: readonly BurnRule[];
}

/** The alerting rules of an objective: one per severity, and one more for each other hold. */
export function alertingTiers(objective: Objective): readonly AlertingTiers[] {
  const groups = new Map<string, BurnRule[]>();
  for (const rule of rulesOf(objective)) {
    const key = `${rule.severity} ${rule.forMs}`;
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()].flatMap((rules) => rules.slice(0, 1).map(({ severity, forMs }) => ({ severity, forMs, rules })));
}

/** What tells alerting rules of one severity apart when they wait differently long. */
function holdLabel(objective: Objective, { severity, forMs }: AlertingTiers): Readonly<Record<string, string>> {
  return rulesOf(objective).every((rule) => rule.severity !== severity || rule.forMs === forMs) ? {} : { hold: hold(forMs) };
}

/** What the alerts of some tiers carry; texts in braces of Prometheus' templates stay as they are. */
export function raisedAlert(objective: Objective, tiers: AlertingTiers): RaisedAlert {
  const { severity, rules } = tiers;
  const { owner, runbook, displayName, name, target } = objective;
  return {
    labels: { ...identity(objective), ...scopeLabels(objective), owner, severity, ...holdLabel(objective, tiers) },
    annotations: {
      summary: `${displayName ?? name}: the error budget burns too fast`,
      description: `Objective ${Math.round(target * 1e8) / 1e6} % of ${name} in ${objective.environment}: ${rules.map(ruleText).join(' or ')}`,
      ...(runbook === undefined ? {} : { runbook_url: runbook }),
    },
  };
}

function groupOf(objective: Objective, queries: CountQueries): Yaml {
  const labels = identity(objective);
  const recording = windowsOf([objective]).flatMap((windowMs) => {
    const range = durationText(windowMs);
    return (['bad', 'total'] as const).map((what) => ({
      record: recordName(what, windowMs),
      expr: queries[what](range),
      labels: asTemplates(labels),
    }));
  });
  const alerting = alertingTiers(objective).map((tiers) => burnAlert(objective, tiers));
  return { name: `ballast/${pathOf(objective)}`, interval: '30s', rules: [...recording, ...alerting, ...absenceAlerts(objective)] };
}

function burnAlert(objective: Objective, tiers: AlertingTiers): Yaml {
  const { labels, annotations } = raisedAlert(objective, tiers);
  const selector = selectorOf(objective);
  const expr = tiers.rules.map((rule) => tierExpression(rule, budgetRatio(objective.target), selector)).join('\nor\n');
  return {
    alert: alertNames(objective).burn,
    expr,
    for: hold(tiers.forMs),
    labels: asTemplates(labels),
    annotations: asTemplates(annotations),
  };
}

/** Both windows above the threshold, and the long one believably so; see `fires`. */
function tierExpression(rule: BurnRule, budget: number, selector: string): string {
  const threshold = rule.factor * budget;
  const ratio = (windowMs: number) =>
    `${recordName('bad', windowMs)}${selector} / ${recordName('total', windowMs)}${selector} > ${threshold}`;
  const bad = `${recordName('bad', rule.longMs)}${selector}`;
  const bound = `${bad} * (1 - 1 / (9 * ${bad}) - 1.64485 / (3 * sqrt(${bad}))) ^ 3`;
  const believable = `(${bad} >= ${ENOUGH_FAILURES} or ${bound} > ${threshold} * ${recordName('total', rule.longMs)}${selector})`;
  return `(${ratio(rule.longMs)}\nand ${ratio(rule.shortMs)}\nand ${believable})`;
}

function absenceAlerts(objective: Objective): readonly Yaml[] {
  const longest = windowsOf([objective]).at(-1);
  const holdMs = absenceHoldMs(rulesOf(objective), budgetRatio(objective.target));
  if (longest === undefined || holdMs === null) return [];
  const labels = { ...identity(objective), ...scopeLabels(objective), owner: objective.owner, severity: 'ticket' };
  const annotations = { summary: `${objective.displayName ?? objective.name}: no telemetry arrives, which says nothing about health` };
  const expr = `absent(${recordName('total', longest)}${selectorOf(objective)})`;
  return [
    { alert: alertNames(objective).absence, expr, for: hold(holdMs), labels: asTemplates(labels), annotations: asTemplates(annotations) },
  ];
}

function pathOf({ project, environment, name }: Objective): string {
  return [project, environment, name].join('/');
}

function identity({ project, environment, name }: Objective): Readonly<Record<string, string>> {
  return { project, environment, slo: name };
}

function scopeLabels({ scope }: Objective): Readonly<Record<string, string>> {
  const { kind, ...labels } = scope;
  return labels;
}

function selectorOf(objective: Objective): string {
  const matchers = Object.entries(identity(objective)).map(([label, value]) => matcher(label, value));
  return `{${matchers.join(',')}}`;
}

function recordName(what: 'bad' | 'total', windowMs: number): string {
  return `ballast_slo:${what}:increase${durationText(windowMs)}`;
}

function hold(ms: number): string {
  return ms === 0 ? '0s' : durationText(ms);
}

/** Labels and annotations are templates to Prometheus: braces that are meant as such are written as text. */
function asTemplates(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text.replaceAll('{{', '{{"{{"}}')]));
}
