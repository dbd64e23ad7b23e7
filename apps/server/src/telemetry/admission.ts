import { isStorable } from '@ballast/api';
import type { PreparedFlag } from '@ballast/evaluation';
import type { CounterRow, TelemetryEnvelope } from '@ballast/protocol';
import { placeSlot } from './clock-skew.js';
import { fromSparse, type Histogram } from './histogram.js';

/** How old a slot may be: as long as claims are remembered, so that nothing can be counted twice. */
export const MAX_AGE_MS = 48 * 3_600_000;
/** More than one instance can do in a slot: what exceeds it is forged or broken. */
const MAX_COUNT = 10_000_000;
/** How many revisions another node may be ahead of this one. */
const MAX_LEAD = 1_000;

const reasons: ReadonlySet<string> = new Set(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DEFAULT', 'DISABLED', 'ERROR']);

/** Counts to be added to one series of one slot; '' stands for no variant and no stage. */
export interface Addition {
  readonly slot: number;
  readonly flag: string;
  readonly version: number;
  readonly variant: string;
  readonly reason: string;
  readonly stage: string;
  readonly exposures: number;
  readonly exposuresFirst: number;
  readonly ok: number;
  readonly err: number;
  readonly errFirst: number;
  readonly hist: Histogram;
}

/** What an environment knows: rows about anything else are not counted. */
export interface Known {
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  readonly revision: number;
}

/** A batch as it will be counted. */
export interface Admitted {
  readonly additions: readonly Addition[];
  /** Rows about flags, variants or reasons that do not exist. */
  readonly rejectedRows: number;
  readonly skewedRows: number;
  readonly unknown: ReadonlyMap<string, number>;
  readonly dropped: number;
}

function clamp(count: number): number {
  return Math.min(count, MAX_COUNT);
}

function isKnown(row: CounterRow, { flags, revision }: Known): boolean {
  const flag = flags.get(row.flag)?.source;
  if (flag === undefined || !reasons.has(row.reason) || row.version > revision + MAX_LEAD) return false;
  return (row.variant === undefined || Object.hasOwn(flag.variants, row.variant)) && isStorable(row.stage ?? '');
}

function toAddition(row: CounterRow, slot: number): Addition | null {
  const hist = fromSparse(row.hist ?? [], MAX_COUNT);
  if (hist === null) return null;
  const { flag, version, reason, variant = '', stage = '' } = row;
  const [exposures, ok, err] = [clamp(row.exposures), clamp(row.ok), clamp(row.err)];
  // Nobody meets a variant for the first time, or fails under it, without meeting it.
  const exposuresFirst = Math.min(row.exposuresFirst ?? 0, exposures);
  const errFirst = Math.min(row.errFirst ?? 0, exposures);
  return { slot, flag, version, variant, reason, stage, exposures, exposuresFirst, ok, err, errFirst, hist };
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
    const addition = isKnown(row, known) ? toAddition(row, slot) : null;
    if (addition === null) continue;
    additions.push(addition);
    if (isSkewed) skewedRows += 1;
  }
  const rejectedRows = envelope.rows.length - additions.length;
  return { additions, rejectedRows, skewedRows, unknown: toUnknown(envelope.unknown), dropped: clamp(envelope.dropped) };
}
