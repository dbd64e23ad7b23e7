import { isStorable } from '@ballast/api';
import type { PreparedFlag } from '@ballast/evaluation';
import type { CounterRow, TelemetryEnvelope, View } from '@ballast/protocol';
import type { Addition, Series } from './addition.js';
import { placeSlot } from './clock-skew.js';
import { fromSparse } from './histogram.js';

/** How old a slot may be: less than claims are remembered, so that nothing can be counted twice. */
export const MAX_AGE_MS = 48 * 3_600_000;
/** More than one instance can do in a slot: what exceeds it is forged or broken. */
export const MAX_COUNT = 10_000_000;
/** How many revisions another node may be ahead of this one. */
const MAX_LEAD = 1_000;
const NONE = '';

const reasons: ReadonlySet<string> = new Set(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DEFAULT', 'DISABLED', 'ERROR']);

/** What an environment knows: rows about anything else are not counted. */
export interface Known {
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  readonly revision: number;
  /** The view of the key that the batch was sent with. */
  readonly trust: View;
  /** The rollout steps that a flag has, or had not long ago. */
  readonly stagesOf: (flag: PreparedFlag) => ReadonlySet<string>;
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

/** The series of a row, or null when it is about something that does not exist. Whoever has a public key makes up no versions and stages. */
function seriesOf(row: CounterRow, { flags, revision, trust, stagesOf }: Known): Series | null {
  const flag = flags.get(row.flag);
  if (flag === undefined || !reasons.has(row.reason) || row.version > revision + MAX_LEAD) return null;
  if (row.variant !== undefined && !Object.hasOwn(flag.source.variants, row.variant)) return null;
  const { flag: key, reason, variant = NONE, stage = NONE } = row;
  if (!isStorable(stage)) return null;
  if (trust === 'server') return { flag: key, version: row.version, variant, reason, stage, trust };
  const version = row.version > flag.source.version ? 0 : row.version;
  return { flag: key, version, variant, reason, stage: stagesOf(flag).has(stage) ? stage : NONE, trust };
}

function thresholdsOf(pairs: readonly number[]): ReadonlyMap<number, number> {
  const thresholds = new Map<number, number>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const ms = pairs[i] ?? 0;
    thresholds.set(ms, clamp((thresholds.get(ms) ?? 0) + clamp(pairs[i + 1])));
  }
  return thresholds;
}

function toAddition(row: CounterRow, series: Series, slot: number): Addition | null {
  const hist = fromSparse(row.hist ?? [], MAX_COUNT);
  if (hist === null) return null;
  const exposures = clamp(row.exposures);
  return {
    ...series,
    slot,
    exposures,
    // Nobody meets a variant for the first time, or fails under it, without meeting it.
    exposuresFirst: Math.min(row.exposuresFirst ?? 0, exposures),
    errFirst: Math.min(row.errFirst ?? 0, exposures),
    ok: clamp(row.ok),
    err: clamp(row.err),
    retries: clamp(row.retries),
    openMs: clamp(row.openMs),
    validated: clamp(row.validated),
    invalid: clamp(row.invalid),
    slow: thresholdsOf(row.slow ?? []),
    hist,
  };
}

function toUnknown(keys: TelemetryEnvelope['unknown']): ReadonlyMap<string, number> {
  const listed = Object.entries(keys).filter(([key, count]) => key !== '' && isStorable(key) && count > 0);
  return new Map(listed.map(([key, count]) => [key, clamp(count)]));
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
    const series = seriesOf(row, known);
    const addition = series && toAddition(row, series, slot);
    if (addition === null) continue;
    additions.push(addition);
    if (isSkewed) skewedRows += 1;
  }
  const rejectedRows = envelope.rows.length - additions.length;
  const { trust } = known;
  return { trust, additions, rejectedRows, skewedRows, unknown: toUnknown(envelope.unknown), dropped: clamp(envelope.dropped) };
}
