import { type Alert, type AlertLabels, type AlertSettings, type AlertSignal, NO_ALERT } from './alert.js';
import { alertKey } from './alert-key.js';
import { type Silence, silenceOf } from './silence.js';
import { type AlertNotice, stepAlert } from './step-alert.js';

/** All alerts by their key: there cannot be two of one objective and severity. */
export type AlertBook = ReadonlyMap<string, Alert>;

/** What one evaluation says about one alert. */
export interface AlertReading {
  readonly labels: AlertLabels;
  /** See `AlertInput.signals`. */
  readonly signals: readonly AlertSignal[];
}

/** A notice with whom it is about. */
export interface AddressedNotice extends AlertNotice {
  readonly key: string;
  readonly labels: AlertLabels;
  /** How bad it is: what each tier said. */
  readonly signals: readonly AlertSignal[];
}

/** What holds for all alerts of one evaluation. */
export interface BookContext {
  readonly at: number;
  readonly silences: readonly Silence[];
  readonly settings: AlertSettings;
}

/** The book after an evaluation, and what follows from it. */
export interface BookStep {
  readonly book: AlertBook;
  readonly notices: readonly AddressedNotice[];
}

/** Takes one evaluation of some objectives into the book; alerts without a reading stay as they are. */
export function stepBook(book: AlertBook, readings: readonly AlertReading[], context: BookContext): BookStep {
  const { at, silences, settings } = context;
  const next = new Map(book);
  const notices: AddressedNotice[] = [];
  for (const { labels, signals } of readings) {
    const key = alertKey(labels);
    const isSuppressed = silenceOf(silences, labels, at) !== null;
    const rules = { ...settings, escalateAfterMs: settings.escalateAfterMs[labels.severity] };
    const step = stepAlert(next.get(key) ?? NO_ALERT, { at, signals, isSuppressed }, rules);
    next.set(key, step.alert);
    if (step.notice !== null) notices.push({ ...step.notice, key, labels, signals });
  }
  return { book: next, notices };
}

/** Notices that belong into one message. */
export interface NoticeGroup {
  /** `project/environment/flag`, or what else the objective is about. */
  readonly group: string;
  /** Pages first. */
  readonly notices: readonly AddressedNotice[];
}

/** What notices are grouped by: the flag in its environment, or the service, tag or objective where there is no flag. */
export function groupOf({ project, environment, flag, service, tag, objective }: AlertLabels): string {
  return [project, environment, flag ?? service ?? tag ?? objective].map(encodeURIComponent).join('/');
}

/** One message per flag and environment. */
export function groupNotices(notices: readonly AddressedNotice[]): readonly NoticeGroup[] {
  const groups = new Map<string, AddressedNotice[]>();
  for (const notice of notices) {
    const group = groupOf(notice.labels);
    const found = groups.get(group);
    if (found === undefined) groups.set(group, [notice]);
    else found.push(notice);
  }
  const urgency = ({ labels }: AddressedNotice) => (labels.severity === 'page' ? 0 : 1);
  return [...groups].map(([group, members]) => ({ group, notices: members.sort((a, b) => urgency(a) - urgency(b)) }));
}
