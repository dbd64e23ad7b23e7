import type { Attributes, LogRecord, Span } from './export-requests.js';

const EVENT = 'feature_flag.evaluation';
/** `STATUS_CODE_ERROR`. */
const ERROR = 2;
/** Our own SDK, which counts what it evaluates by itself. */
const OWN_PROVIDER = 'ballast';
const MAX_TEXT = 255;
const NANOS_PER_MS = 1_000_000n;

/** One evaluation of a flag that somebody's OpenTelemetry reports. */
export interface Evaluated {
  /** What it is counted once by: trace, span, flag and variant; without a trace the moment, the flag and the context. */
  readonly id: string;
  /** Which span or log record of its request it is from. */
  readonly record: number;
  /** '' without one. */
  readonly traceId: string;
  readonly flag: string;
  readonly variant: string | undefined;
  /** As in our own counters. */
  readonly reason: string;
  readonly version: number;
  /** `project/environment`, when it says so. */
  readonly set: string | undefined;
  /** Epoch milliseconds; 0 when it does not say. */
  readonly at: number;
}

/** How a trace ended: what its root span says. */
export interface Root {
  readonly traceId: string;
  readonly ok: boolean;
  /** Null when it ended before it began. */
  readonly ms: number | null;
  readonly at: number;
}

/** What one export request says about flags. */
export interface Findings {
  readonly evaluations: readonly Evaluated[];
  readonly roots: readonly Root[];
}

type Facts = ReadonlyMap<string, string>;

interface Place {
  readonly record: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly nanos: bigint;
}

const REASONS: ReadonlySet<string> = new Set(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DEFAULT', 'DISABLED', 'ERROR']);

/** The attributes that say something of a flag, as text. */
function factsOf(attributes: Attributes): Facts {
  const facts = new Map<string, string>();
  for (const { key, value } of attributes ?? []) {
    const isFact = key?.startsWith('feature_flag.') || key === 'error.type' || key === 'event.name';
    const text = value?.stringValue ?? value?.intValue ?? value?.boolValue ?? value?.doubleValue;
    if (isFact && text !== undefined && text !== null) facts.set(key ?? '', String(text).slice(0, MAX_TEXT + 1));
  }
  return facts;
}

function reasonOf(facts: Facts): string {
  if (facts.has('error.type')) return 'ERROR';
  const reason = (facts.get('feature_flag.result.reason') ?? facts.get('feature_flag.evaluation.reason') ?? '').toUpperCase();
  return REASONS.has(reason) ? reason : 'UNKNOWN';
}

function versionOf(facts: Facts): number {
  const text = facts.get('feature_flag.version') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function millis(nanos: bigint): number {
  return Number(nanos / NANOS_PER_MS);
}

// The second of two names is what the conventions said before they were a release candidate.
function evaluatedOf(facts: Facts, { record, traceId, spanId, nanos }: Place): Evaluated | null {
  const flag = facts.get('feature_flag.key');
  if (flag === undefined || flag === '' || flag.length > MAX_TEXT) return null;
  if ((facts.get('feature_flag.provider.name') ?? facts.get('feature_flag.provider_name')) === OWN_PROVIDER) return null;
  const variant = facts.get('feature_flag.result.variant') ?? facts.get('feature_flag.variant');
  const parts = traceId === '' ? [String(nanos), flag, facts.get('feature_flag.context.id')] : [traceId, spanId, flag, variant];
  return {
    id: JSON.stringify(parts),
    record,
    traceId,
    flag,
    variant,
    reason: reasonOf(facts),
    version: versionOf(facts),
    set: facts.get('feature_flag.set.id'),
    at: millis(nanos),
  };
}

function idOf(id: string | null | undefined): string {
  const text = id?.toLowerCase() ?? '';
  return /^0*$/.test(text) ? '' : text;
}

function fromSpan(span: Span, record: number): Evaluated[] {
  const traceId = idOf(span.traceId);
  const spanId = idOf(span.spanId);
  const own = evaluatedOf(factsOf(span.attributes), { record, traceId, spanId, nanos: BigInt(span.startTimeUnixNano ?? 0) });
  const events = (span.events ?? []).map(({ attributes, timeUnixNano }) =>
    evaluatedOf(factsOf(attributes), { record, traceId, spanId, nanos: BigInt(timeUnixNano ?? 0) }),
  );
  return [own, ...events].filter((found) => found !== null);
}

function rootOf({ traceId, parentSpanId, startTimeUnixNano, endTimeUnixNano, status }: Span): Root[] {
  const trace = idOf(traceId);
  if (trace === '' || idOf(parentSpanId) !== '') return [];
  const [start, end] = [BigInt(startTimeUnixNano ?? 0), BigInt(endTimeUnixNano ?? 0)];
  const isError = status?.code === ERROR || status?.code === 'STATUS_CODE_ERROR';
  const ms = end < start ? null : Number(end - start) / Number(NANOS_PER_MS);
  return [{ traceId: trace, ok: !isError, ms, at: millis(end) }];
}

/** The evaluations that spans carry as attributes or events, and the ends of the traces whose root is among them; `before` spans came before these. */
export function findInSpans(spans: readonly Span[], before = 0): Findings {
  return { evaluations: spans.flatMap((each, index) => fromSpan(each, before + index)), roots: spans.flatMap(rootOf) };
}

/** The evaluations that log records report. */
export function findInLogs(records: readonly LogRecord[], before = 0): Findings {
  const evaluations = records.flatMap((each, index) => {
    const facts = factsOf(each.attributes);
    if (each.eventName !== EVENT && facts.get('event.name') !== EVENT) return [];
    const nanos = BigInt(each.timeUnixNano ?? 0) || BigInt(each.observedTimeUnixNano ?? 0);
    const place = { record: before + index, traceId: idOf(each.traceId), spanId: idOf(each.spanId), nanos };
    const evaluated = evaluatedOf(facts, place);
    return evaluated === null ? [] : [evaluated];
  });
  return { evaluations, roots: [] };
}
