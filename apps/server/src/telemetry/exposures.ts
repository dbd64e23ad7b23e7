import type { Exposures } from '@ballast/api';
import { type Histogram, quantile } from '@ballast/slo';
import { type BucketRow, type CountsRow, MAX_SERIES, type SeriesRow, type SlotRow } from './telemetry.view.js';

const STEP_SECONDS = 10;
const MAX_POINTS = 360;

/** What the database sums up for one answer. */
export interface Sums {
  readonly variants: readonly CountsRow[];
  readonly series: readonly SeriesRow[];
  readonly slots: readonly SlotRow[];
  readonly buckets: readonly BucketRow[];
}

interface Counts {
  readonly exposures: number;
  readonly ok: number;
  readonly err: number;
  readonly exposuresFirst: number;
  readonly errFirst: number;
}

/** Seconds between two points: whole slots, at most a few hundred points. */
export function stepFor(from: number, to: number): number {
  const slots = Math.ceil((to - from) / (STEP_SECONDS * 1_000));
  return STEP_SECONDS * Math.max(1, Math.ceil(slots / MAX_POINTS));
}

function toCounts({ exposures, ok, err, exposuresFirst, errFirst }: CountsRow): Counts {
  return {
    exposures: Number(exposures),
    ok: Number(ok),
    err: Number(err),
    exposuresFirst: Number(exposuresFirst),
    errFirst: Number(errFirst),
  };
}

function toOutcome(counts: Counts, histogram: Histogram) {
  const outcomes = counts.ok + counts.err;
  const [p50, p95, p99] = [quantile(histogram, 0.5), quantile(histogram, 0.95), quantile(histogram, 0.99)];
  const latency = p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 };
  return { ...counts, errorRate: outcomes === 0 ? null : counts.err / outcomes, latency };
}

function seriesKey({ version, variant, reason, stage }: Pick<SeriesRow, 'version' | 'variant' | 'reason' | 'stage'>): string {
  return JSON.stringify([String(version), variant, reason, stage]);
}

function histogramsBy(buckets: readonly BucketRow[], keyOf: (row: BucketRow) => string): ReadonlyMap<string, Histogram> {
  const histograms = new Map<string, Map<number, number>>();
  for (const row of buckets) {
    const key = keyOf(row);
    const histogram = histograms.get(key) ?? new Map<number, number>();
    histogram.set(row.i, (histogram.get(row.i) ?? 0) + Number(row.n));
    histograms.set(key, histogram);
  }
  return histograms;
}

function total(rows: readonly CountsRow[]): Counts {
  const sum = { exposures: 0, ok: 0, err: 0, exposuresFirst: 0, errFirst: 0 };
  for (const row of rows) {
    sum.exposures += Number(row.exposures);
    sum.ok += Number(row.ok);
    sum.err += Number(row.err);
    sum.exposuresFirst += Number(row.exposuresFirst);
    sum.errFirst += Number(row.errFirst);
  }
  return sum;
}

/** An answer's parts from the sums of the database. */
export function toExposures({
  variants,
  series,
  slots,
  buckets,
}: Sums): Pick<Exposures, 'totals' | 'variants' | 'series' | 'slots' | 'isComplete'> {
  const none: Histogram = new Map();
  const bySeries = histogramsBy(buckets, seriesKey);
  const byVariant = histogramsBy(buckets, ({ variant }) => variant);
  return {
    totals: toOutcome(total(variants), histogramsBy(buckets, () => '').get('') ?? none),
    variants: variants.map((row) => ({ variant: row.variant || null, ...toOutcome(toCounts(row), byVariant.get(row.variant) ?? none) })),
    series: series.slice(0, MAX_SERIES).map((row) => ({
      version: Number(row.version),
      variant: row.variant || null,
      reason: row.reason,
      stage: row.stage || null,
      ...toOutcome(toCounts(row), bySeries.get(seriesKey(row)) ?? none),
    })),
    isComplete: series.length <= MAX_SERIES,
    slots: slots.map((row) => ({ at: row.at.toISOString(), variant: row.variant || null, ...toCounts(row) })),
  };
}
