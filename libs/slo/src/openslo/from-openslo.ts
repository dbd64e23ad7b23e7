import { checkObjective } from '../check-objective.js';
import type { Finding } from '../check-rules.js';
import { DAY, durationMs } from '../durations.js';
import type { Indicator, Objective, Scope } from '../objective.js';
import type { Period } from '../period.js';
import { type BudgetPolicy, DEFAULT_POLICY } from '../policy.js';
import { Fields, type Report } from './fields.js';
import { alertingOf, type Find, readRules } from './read-alerting.js';
import { policyFrom, scopeFrom } from './read-annotations.js';
import { readIndicator } from './read-indicator.js';
import { ANNOTATION, API_VERSION, MOST_DESCRIPTION } from './words.js';

/** Where imported objectives go, and who owns those that name nobody. */
export interface ImportPlace {
  readonly project: string;
  readonly environment: string;
  readonly owner: string;
}

/** The objectives of a file, and everything that was refused, changed or not kept. */
export interface OpenSloImport {
  readonly objectives: readonly Objective[];
  readonly findings: readonly Finding[];
}

const KINDS = ['DataSource', 'SLO', 'SLI', 'AlertPolicy', 'AlertCondition', 'AlertNotificationTarget', 'Service'];
const NOT_KEPT = ['DataSource', 'AlertNotificationTarget', 'Service'];
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Reads OpenSLO v1 documents, already parsed from YAML; a document with an error gives no objective, and nothing is dropped silently. */
export function fromOpenSlo(documents: readonly unknown[], place: ImportPlace): OpenSloImport {
  const findings: Finding[] = [];
  const report: Report = (level, path, message) => findings.push({ level, path, message });
  const headed = documents.map((document, index) => readHead(document, index, report));
  const find: Find = (kind, name) => headed.find((head) => head.kind === kind && head.name === name)?.fields;
  const taken = new Set<string>();
  const objectives = headed
    .filter(({ kind, isSound }) => kind === 'SLO' && isSound)
    .flatMap((head) => {
      const before = findings.length;
      const read = readSlo(head, place, find);
      const checked = read
        .flatMap(checkObjective)
        .map(({ level, path, message }) => ({ level, path: `${head.fields.path}: ${path}`, message }));
      findings.push(...checked);
      for (const { name } of read) {
        if (taken.has(name)) report('error', `${head.fields.path}: name`, `there is another objective ${name} in the file`);
      }
      if (findings.slice(before).some(({ level }) => level === 'error')) return [];
      for (const { name } of read) taken.add(name);
      return read;
    });
  for (const { fields, kind } of headed) {
    if (NOT_KEPT.includes(kind)) report('warning', fields.path, 'is not kept');
    else fields.reportUnread();
  }
  return { objectives, findings };
}

interface Head {
  readonly fields: Fields;
  readonly kind: string;
  readonly name: string;
  readonly metadata: Fields | undefined;
  readonly isSound: boolean;
}

function readHead(document: unknown, index: number, report: Report): Head {
  const named = new Fields(document, `document ${index + 1}`, () => undefined);
  const name = named.child('metadata')?.text('name') ?? '';
  const kind = named.text('kind') ?? '';
  const fields = new Fields(document, name === '' ? `document ${index + 1}` : `${kind} ${name}`, report);
  const isSpoken = fields.text('apiVersion') === API_VERSION;
  if (!isSpoken) fields.refuse('apiVersion', `must be ${API_VERSION}`);
  const isKnown = KINDS.includes(fields.text('kind') ?? '');
  if (!isKnown) fields.refuse('kind', `must be one of ${KINDS.join(', ')}`);
  const metadata = fields.child('metadata');
  const isNamed = DNS_LABEL.test(metadata?.text('name') ?? '');
  if (!isNamed) fields.refuse('metadata.name', 'must be lower-case letters, digits and hyphens, 63 at most');
  return { fields, kind, name, metadata, isSound: isSpoken && isKnown && isNamed };
}

function readSlo({ fields, name, metadata }: Head, place: ImportPlace, find: Find): readonly Objective[] {
  const spec = fields.child('spec');
  if (spec === undefined) {
    fields.refuse('spec', 'is missing');
    return [];
  }
  const annotations = metadata?.child('annotations');
  const displayName = metadata?.text('displayName');
  const description = spec.text('description', MOST_DESCRIPTION);
  const runbook = annotations?.text(ANNOTATION.runbook);
  if (spec.text('budgetingMethod') !== 'Occurrences')
    spec.refuse('budgetingMethod', 'must be Occurrences: slices of time are not supported');
  const indicator = indicatorOf(spec, find);
  const period = periodOf(spec);
  const targets = targetsOf(spec);
  const rules = readRules(spec, find);
  const preset = annotations?.text(ANNOTATION.preset);
  const scope: Scope = scopeFrom(annotations) ?? { kind: 'service', service: spec.text('service') ?? '' };
  spec.text('service');
  const policy: BudgetPolicy = policyFrom(annotations) ?? DEFAULT_POLICY;
  const owner = annotations?.text(ANNOTATION.owner) ?? place.owner;
  if (indicator === null || period === null) return [];
  const alerting = alertingOf(fields, rules, preset, period);
  return targets.map((target, index) => ({
    project: place.project,
    environment: place.environment,
    name: targets.length === 1 ? name : `${name}-${index + 1}`,
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
    owner,
    indicator,
    scope,
    target,
    period,
    alerting,
    ...(runbook === undefined ? {} : { runbook }),
    policy,
  }));
}

function indicatorOf(spec: Fields, find: Find): Indicator | null {
  const ref = spec.text('indicatorRef');
  const inline = spec.child('indicator');
  if ((ref === undefined) === (inline === undefined)) {
    spec.refuse('indicator', 'needs exactly one of indicator and indicatorRef');
    return null;
  }
  const document = inline ?? find('SLI', ref ?? '');
  inline?.child('metadata')?.text('name');
  const found = document?.child('spec');
  if (found !== undefined) return readIndicator(found);
  spec.refuse(
    inline === undefined ? 'indicatorRef' : 'indicator',
    inline === undefined ? `there is no SLI ${ref} among the documents` : 'needs a spec',
  );
  return null;
}

function periodOf(spec: Fields): Period | null {
  const windows = spec.list('timeWindow');
  const [window] = windows;
  if (window === undefined || windows.length > 1) {
    spec.refuse('timeWindow', 'must be exactly one');
    return null;
  }
  const duration = window.text('duration') ?? '';
  const isRolling = window.boolean('isRolling');
  const calendar = window.child('calendar');
  if ((calendar === undefined) !== (isRolling === true)) {
    window.refuse(null, 'is either rolling or has a calendar');
    return null;
  }
  if (calendar !== undefined) return calendarPeriod(window, calendar, duration);
  const days = (durationMs(duration) ?? Number.NaN) / DAY;
  if (Number.isInteger(days)) return { kind: 'rolling', days };
  window.refuse('duration', 'must be whole days or weeks');
  return null;
}

function calendarPeriod(window: Fields, calendar: Fields, duration: string): Period | null {
  const start = calendar.text('startTime') ?? '';
  const zone = calendar.text('timeZone') ?? 'UTC';
  const [, date, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(start) ?? [];
  const first = new Date(`${date}T00:00:00Z`);
  if (time !== '00:00:00' || Number.isNaN(first.getTime()))
    calendar.refuse('startTime', 'must be a midnight, written as YYYY-MM-DD 00:00:00');
  else if (duration === '1M' && first.getUTCDate() === 1) return { kind: 'calendar', unit: 'month', zone };
  else if (['1w', '7d'].includes(duration) && first.getUTCDay() === 1) return { kind: 'calendar', unit: 'week', zone };
  else window.refuse(null, 'must be a month from its first day, or a week from Monday');
  return null;
}

function targetsOf(spec: Fields): readonly number[] {
  const objectives = spec.list('objectives');
  if (objectives.length === 0) spec.refuse('objectives', 'must be at least one');
  return objectives.flatMap((objective) => {
    const [target, percent] = [objective.number('target'), objective.number('targetPercent')];
    for (const key of ['op', 'value']) if (objective.has(key)) objective.refuse(key, 'only goes with a thresholdMetric');
    if ((target === undefined) === (percent === undefined)) {
      objective.refuse(null, 'needs exactly one of target and targetPercent');
      return [];
    }
    return [target ?? Math.round((percent ?? 0) * 1e10) / 1e12];
  });
}
