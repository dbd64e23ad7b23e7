import type { FlagHealth } from '@ballast/api';
import { type Histogram, type MetricSums, mergeHistograms, metricsOf } from '@ballast/slo';
import type { Presence } from './coverage.service.js';
import type { Arrived, LoadStep } from './coverage.view.js';
import type { HealthBucket, HealthRow } from './health.view.js';

type Group = FlagHealth['total'];

/** Counts of a stretch of time with their latencies. */
export interface Summed extends Omit<HealthRow, 'name' | 'step'> {
  readonly latency: Histogram;
}

/** What metrics need to know beside counts. */
export interface HealthGround {
  readonly target: number;
  readonly arrived: Arrived;
  readonly presence: Presence | null;
  /** How busy the back ends were in the stretch. */
  readonly load: Pick<LoadStep, 'usedMs' | 'watchedMs'>;
}

const NOTHING: Summed = {
  exposures: 0,
  exposuresFirst: 0,
  ok: 0,
  err: 0,
  errFirst: 0,
  calls: 0,
  retries: 0,
  openMs: 0,
  watchedMs: 0,
  validated: 0,
  invalid: 0,
  slow500: null,
  timed500: null,
  latency: new Map(),
};

/** Rows of one step with the latencies of their group. */
export function withLatency(rows: readonly HealthRow[], buckets: readonly HealthBucket[]): readonly (HealthRow & Summed)[] {
  const histograms = new Map<string, Map<number, number>>();
  for (const { name, i, n } of buckets) {
    const histogram = histograms.get(name) ?? new Map<number, number>();
    histograms.set(name, histogram.set(i, n));
  }
  return rows.map((row) => ({ ...row, latency: histograms.get(row.name) ?? new Map() }));
}

/** Adds stretches up. */
export function sumOf(parts: readonly Summed[]): Summed {
  const sum = (pick: (part: Summed) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const known = (pick: (part: Summed) => number | null) => parts.reduce((total: number | null, part) => added(total, pick(part)), null);
  return {
    ...NOTHING,
    exposures: sum(({ exposures }) => exposures),
    exposuresFirst: sum(({ exposuresFirst }) => exposuresFirst),
    ok: sum(({ ok }) => ok),
    err: sum(({ err }) => err),
    errFirst: sum(({ errFirst }) => errFirst),
    calls: sum(({ calls }) => calls),
    retries: sum(({ retries }) => retries),
    openMs: sum(({ openMs }) => openMs),
    watchedMs: sum(({ watchedMs }) => watchedMs),
    validated: sum(({ validated }) => validated),
    invalid: sum(({ invalid }) => invalid),
    slow500: known(({ slow500 }) => slow500),
    timed500: known(({ timed500 }) => timed500),
    latency: mergeHistograms(parts.map(({ latency }) => latency)),
  };
}

/** Counts and the ten metrics of a stretch, beside the baseline where there is one. */
export function groupOf(summed: Summed, ground: HealthGround, baseline?: Summed): Group {
  const { exposures, exposuresFirst, ok, err, errFirst } = summed;
  const beside = baseline === undefined ? undefined : metricSums(baseline, ground);
  return {
    counts: { exposures, exposuresFirst, ok, err, errFirst },
    metrics: metricsOf(metricSums(summed, ground), ground.target, beside),
  };
}

/** A sum is null as long as nobody measured any of it. */
function added(total: number | null, part: number | null): number | null {
  return part === null ? total : (total ?? 0) + part;
}

/** Where nothing guards the code of a flag, nothing is said of guards: zero would look like health. */
function metricSums(summed: Summed, { arrived, presence, load }: HealthGround): MetricSums {
  const { ok, err, slow500, timed500, latency, calls, retries, openMs, watchedMs, validated, invalid } = summed;
  return {
    ok,
    err,
    latency,
    ...(slow500 === null || timed500 === null ? {} : { slow500, timed500 }),
    ...(calls > 0 ? { calls, retries } : {}),
    ...(watchedMs > 0 ? { openMs, watchedMs } : {}),
    ...(validated > 0 ? { validated, invalid } : {}),
    used: load.usedMs,
    limit: load.watchedMs,
    ...arrivals(arrived, presence),
  };
}

/** Where nobody is there who could report, batches alone tell; where some are and none ever did, nothing is covered. */
function arrivals({ share }: Arrived, presence: Presence | null): Partial<MetricSums> {
  const { connected, reporting } = presence !== null && presence.connected > 0 ? presence : { connected: 1, reporting: 1 };
  if (share === null && reporting > 0) return {};
  return { batchesReceived: share ?? 0, batchesDue: 1, instancesReporting: reporting, instancesConnected: connected };
}

/** Adds up steps. */
export function loadOf(steps: readonly LoadStep[]): HealthGround['load'] {
  return {
    usedMs: steps.reduce((sum, { usedMs }) => sum + usedMs, 0),
    watchedMs: steps.reduce((sum, { watchedMs }) => sum + watchedMs, 0),
  };
}
