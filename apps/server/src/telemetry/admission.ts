import { isStorable } from '@ballast/api';
import type { PreparedFlag } from '@ballast/evaluation';
import type { CounterRow, TelemetryEnvelope, View } from '@ballast/protocol';
import type { Histogram } from '@ballast/slo';
import type { Addition } from './addition.js';
import { lateSlot, placeSlot } from './clock-skew.js';
import { fromSparse, NO_COUNTS } from './histogram.js';
import type { Series, SeriesNames } from './series.js';

/** How old a slot may be: less than claims are remembered, so that nothing can be counted twice. */
export const MAX_AGE_MS = 48 * 3_600_000;
/** More than one instance can do in a slot: what exceeds it is forged or broken. */
export const MAX_COUNT = 10_000_000;
/** How many revisions another node may be ahead of this one. */
const MAX_LEAD = 1_000;
const NONE = '';
const NOTHING: readonly number[] = [];

const reasons: ReadonlySet<string> = new Set(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DEFAULT', 'DISABLED', 'ERROR', 'UNKNOWN']);

/** What an environment knows: rows about anything else are not counted. */
export interface Known {
  readonly environmentId: string;
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  readonly revision: number;
  /** The view of the key that the batch was sent with. */
  readonly trust: View;
  /** The rollout steps that a flag has, or had not long ago. */
  readonly stagesOf: (flag: PreparedFlag) => ReadonlySet<string>;
  /** Where something of these names is counted. */
  readonly seriesOf: (names: SeriesNames) => Series;
}

/** A batch as it will be counted. */
export interface Admitted {
  readonly trust: View;
  readonly additions: readonly Addition[];
  /** Rows about flags, variants or reasons that do not exist. */
  readonly rejectedRows: number;
  readonly skewedRows: number;
  readonly unknown: ReadonlyMap<string, number>;
  readonly dropped: number;
}

function clamp(count = 0): number {
  return Math.min(count, MAX_COUNT);
}

/** What a row is about. */
type About = Pick<CounterRow, 'flag' | 'version' | 'variant' | 'stage'>;

/** Whether a row is about something that exists. */
export function isKnown(row: About, { flags, revision }: Known): boolean {
  const flag = flags.get(row.flag)?.source;
  if (flag === undefined || row.version > revision + MAX_LEAD) return false;
  return (row.variant === undefined || Object.hasOwn(flag.variants, row.variant)) && isStorable(row.stage ?? NONE);
}

/** Whoever has a public key makes up no versions and stages. */
export function originOf(
  { flag: key, version, stage = NONE }: About,
  { flags, trust, stagesOf }: Known,
): { version: number; stage: string } {
  const flag = flags.get(key);
  if (trust === 'server' || flag === undefined) return { version, stage };
  return { version: version > flag.source.version ? 0 : version, stage: stage !== NONE && stagesOf(flag).has(stage) ? stage : NONE };
}

function thresholdsOf(pairs: readonly number[]): Histogram {
  if (pairs.length === 0) return NO_COUNTS;
  const thresholds = new Map<number, number>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const ms = pairs[i] ?? 0;
    thresholds.set(ms, clamp((thresholds.get(ms) ?? 0) + clamp(pairs[i + 1])));
  }
  return thresholds;
}

function toAddition(row: CounterRow, known: Known, slot: number): Addition | null {
  const hist = fromSparse(row.hist ?? NOTHING, MAX_COUNT);
  if (hist === null || !reasons.has(row.reason) || !isKnown(row, known)) return null;
  const { version, stage } = originOf(row, known);
  const { trust } = known;
  const { flag, reason, variant = NONE } = row;
  const exposures = clamp(row.exposures);
  const validated = clamp(row.validated);
  return {
    series: known.seriesOf({ flag, version, variant, reason, stage, trust }),
    slot,
    exposures,
    // Nobody meets a variant for the first time, or fails under it, without meeting it.
    exposuresFirst: Math.min(row.exposuresFirst ?? 0, exposures),
    ok: clamp(row.ok),
    err: clamp(row.err),
    errFirst: Math.min(row.errFirst ?? 0, exposures),
    calls: clamp(row.calls),
    retries: clamp(row.retries),
    openMs: clamp(row.openMs),
    watchedMs: clamp(row.watchedMs),
    validated,
    invalid: Math.min(row.invalid ?? 0, validated),
    slow: thresholdsOf(row.slow ?? NOTHING),
    hist,
  };
}

function toUnknown(keys: TelemetryEnvelope['unknown']): ReadonlyMap<string, number> {
  const listed = Object.entries(keys).filter(([key, count]) => key !== '' && isStorable(key) && count > 0);
  return new Map(listed.map(([key, count]) => [key, clamp(count)]));
}

/** How old a batch is: its oldest slot, as its sender has it or as it is on the own clock, whichever is longer ago. */
export function oldestOf({ rows, outcomes = [] }: TelemetryEnvelope, offset: number): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { t0 } of rows) oldest = Math.min(oldest, t0);
  for (const { t0 } of outcomes) oldest = Math.min(oldest, t0);
  return Math.min(oldest, oldest + offset);
}

/** Decides what of a batch is counted and where; 'expired' when a slot is older than claims are remembered. */
export function admit(
  envelope: TelemetryEnvelope,
  known: Known,
  time: { readonly now: number; readonly offset: number },
): Admitted | 'expired' {
  const additions: Addition[] = [];
  let skewedRows = 0;
  for (const row of envelope.rows) {
    const { slot, isSkewed } = placeSlot(row.t0, time.offset, time.now);
    if (slot < time.now - MAX_AGE_MS) return 'expired';
    const addition = toAddition(row, known, known.trust === 'client' ? lateSlot(slot, time.now) : slot);
    if (addition === null) continue;
    additions.push(addition);
    if (isSkewed) skewedRows += 1;
  }
  const rejectedRows = envelope.rows.length - additions.length;
  const { trust } = known;
  return { trust, additions, rejectedRows, skewedRows, unknown: toUnknown(envelope.unknown), dropped: clamp(envelope.dropped) };
}
