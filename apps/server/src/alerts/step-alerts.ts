import { ALERT_SETTINGS, type Alert, type AlertSignal, alertKey, DAY, MINUTE, NO_ALERT, type Silence, stepBook } from '@ballast/slo';
import type { AlertRecord } from './alert.types.js';
import { type AlertPart, type Finding, partsOf } from './alert-parts.js';
import type { PlacedTelling } from './teller.js';

/** What alerts are stepped by. */
export interface StepGround {
  readonly now: number;
  readonly findings: readonly Finding[];
  /** Ids of all objectives that exist. */
  readonly known: ReadonlySet<string>;
  readonly stored: readonly AlertRecord[];
  readonly silences: readonly Silence[];
}

/** Alerts that have to be saved, and what is to be told. */
export interface AlertSteps {
  readonly records: readonly AlertRecord[];
  readonly tellings: readonly PlacedTelling[];
}

/** One alert to be stepped: its record as it will be but for its memory, and what is said about it. */
interface Turn {
  readonly record: AlertRecord;
  readonly signals: readonly AlertSignal[];
}

/** Takes what a round found into the alerts; a minute that an alert has been evaluated for is not counted twice. */
export function stepAlerts(ground: StepGround): AlertSteps {
  const { now, silences } = ground;
  const turns = new Map(turnsOf(ground).map((turn) => [turn.record.key, turn]));
  const book = new Map([...turns].map(([key, { record }]) => [key, record.memory]));
  const readings = [...turns.values()].map(({ record, signals }) => ({ labels: record.labels, signals }));
  const step = stepBook(book, readings, { at: now, silences, settings: ALERT_SETTINGS });
  const records = new Map<string, AlertRecord>();
  for (const [key, { record }] of turns) {
    const memory = step.book.get(key) ?? record.memory;
    records.set(key, { ...record, memory });
  }
  const tellings = step.notices.flatMap(({ key, kind, level, at, since }): readonly PlacedTelling[] => {
    const record = records.get(key);
    const before = book.get(key);
    if (record === undefined) return [];
    // Whoever is told that it is over wants to know since when it was not.
    const began = kind === 'resolved' && before?.phase === 'firing' ? before.since : since;
    records.set(key, { ...record, reached: kind === 'resolved' ? -1 : Math.max(record.reached, level) });
    const { labels, reading, projectId, environmentId, reached } = record;
    return [{ kind, level, at, since: began, key, labels, ...reading, projectId, environmentId, reached }];
  });
  return { records: [...records.values()], tellings };
}

function turnsOf({ findings, known, stored, now }: StepGround): readonly Turn[] {
  const byKey = new Map(stored.map((record) => [record.key, record]));
  const parts = findings.flatMap((finding) => partsOf(finding).map((part) => ({ finding, part, key: alertKey(part.labels) })));
  const evaluated = new Set(findings.map(({ objectiveId }) => objectiveId));
  const said = new Set(parts.map(({ key }) => key));
  const gone = stored.filter(({ key, objectiveId, memory }) => {
    const isGone = !known.has(objectiveId) || (evaluated.has(objectiveId) && !said.has(key));
    // What ended under a silence still has to be told.
    return isGone && (memory.phase === 'firing' || memory.phase === 'pending' || memory.told === 'firing');
  });
  const turns = parts.flatMap(({ finding, part, key }) => turnOf(finding, part, timely(byKey.get(key), now)) ?? []);
  // First, so that an objective that was made anew goes on with the alert of the former one.
  return [...gone.map((record) => ({ record: { ...record, evaluatedAt: new Date(now) }, signals: [] })), ...turns];
}

/** Rounds come every half minute: when none came for this long, servers or their database were away. */
const UNWATCHED_MS = 3 * MINUTE;

/** Null when there is nothing to step: no alert, and nothing that fires. */
function turnOf(finding: Finding, { labels, signals, reading }: AlertPart, before: AlertRecord | undefined): Turn | null {
  if (before === undefined && !signals.some(({ fires }) => fires)) return null;
  const { objectiveId, projectId, environmentId, version, at } = finding;
  const isSame = before?.objectiveId === objectiveId && before.version === version;
  if (isSame && before.evaluatedAt.getTime() >= at) return null;
  const known = before === undefined ? NO_ALERT : isSame ? before.memory : fitted(before.memory, signals.length);
  const isResumed = labels.kind === 'telemetry' && before !== undefined && at - before.evaluatedAt.getTime() > UNWATCHED_MS;
  const memory = isResumed ? watchedAnew(known) : known;
  const place = { key: alertKey(labels), projectId, environmentId, objectiveId };
  const reached = before?.reached ?? -1;
  return { record: { ...place, labels, memory, reading, evaluatedAt: new Date(at), version, reached }, signals };
}

/** An alert that was evaluated so far ahead was so by a clock that was wrong; nothing of what it noted lies ahead of now. */
function timely(record: AlertRecord | undefined, now: number): AlertRecord | undefined {
  if (record === undefined || record.evaluatedAt.getTime() <= now + DAY) return record;
  const { memory } = record;
  const tiers = memory.tiers.map(({ pendingSince, fired }) => ({ pendingSince: pendingSince && Math.min(pendingSince, now), fired }));
  const toldAt = memory.toldAt && Math.min(memory.toldAt, now);
  const resolvedAt = memory.resolvedAt.filter((at) => at <= now);
  return { ...record, evaluatedAt: new Date(0), memory: { ...memory, since: Math.min(memory.since, now), tiers, toldAt, resolvedAt } };
}

/** While nobody looked, nothing could arrive either: what is missing since then may be our own gap, and has to last from now on. */
function watchedAnew(memory: Alert): Alert {
  return { ...memory, tiers: memory.tiers.map(({ fired }) => ({ pendingSince: null, fired })) };
}

/** Its rules are others now: what fires goes on until all of them say that it is over. */
function fitted(memory: Alert, rules: number): Alert {
  const fired = memory.phase === 'firing';
  return { ...memory, tiers: Array.from({ length: rules }, () => ({ pendingSince: null, fired })) };
}
