import type { TelemetryEnvelope } from './messages.js';
import { type Check, count, each, isCount, oneOf, optional, type Parse, parser, shape, text, when } from './shape.js';

/** Most rows, and most unknown keys, of one telemetry envelope. */
export const MAX_ENVELOPE_ROWS = 500;

const key = text(255);
const atMost = (most: number, check: Check): Check => {
  return (value) => (Object.keys(Object(value)).length > most ? '' : check(value));
};
const histogram: Check = when((value) => Array.isArray(value) && value.length % 2 === 0 && value.length <= 1024 && value.every(isCount));
/** Most latency thresholds of one row. */
export const MAX_THRESHOLDS = 4;
/** The longest threshold: an hour. */
const MAX_THRESHOLD_MS = 3_600_000;
const isThreshold = (value: unknown): boolean => isCount(value) && value >= 1 && value <= MAX_THRESHOLD_MS;
const slow: Check = when(
  (value) =>
    Array.isArray(value) &&
    value.length % 2 === 0 &&
    value.length <= 2 * MAX_THRESHOLDS &&
    value.every((part, index) => (index % 2 === 0 ? isThreshold(part) : isCount(part))),
);

const row: Check = shape({
  flag: key,
  version: count,
  variant: optional(key),
  reason: text(64),
  stage: optional(key),
  t0: count,
  exposures: count,
  exposuresFirst: optional(count),
  errFirst: optional(count),
  ok: count,
  err: count,
  hist: optional(histogram),
  slow: optional(slow),
  retries: optional(count),
  openMs: optional(count),
  calls: optional(count),
  watchedMs: optional(count),
  validated: optional(count),
  invalid: optional(count),
});

const MAX_SUM = 1e15;

const outcome: Check = shape({
  flag: key,
  version: count,
  variant: optional(key),
  stage: optional(key),
  event: key,
  t0: count,
  count,
  sum: when((value) => typeof value === 'number' && Math.abs(value) <= MAX_SUM),
});

const thousandths = when((value) => isCount(value) && value <= 1_000);

/** Parses a batch of counters; its rows are bounded in number, in the length of their texts and in what they may count. */
export const parseTelemetry: Parse<TelemetryEnvelope> = parser(
  'telemetry',
  shape({
    v: oneOf(1),
    instance: when((value) => typeof value === 'string' && value.length > 0 && value.length <= 64),
    seq: count,
    sentAt: count,
    rows: atMost(MAX_ENVELOPE_ROWS, each('list', row)),
    outcomes: optional(atMost(MAX_ENVELOPE_ROWS, each('list', outcome))),
    unknown: atMost(MAX_ENVELOPE_ROWS, each('record', count, key)),
    dropped: count,
    process: optional(shape({ ms: count, loop: thousandths, cpu: thousandths, memory: thousandths })),
  }),
);
