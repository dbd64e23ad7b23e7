import type { FlagHealth } from '@ballast/api';
import { type MetricSums, metricsOf, quantile } from '@ballast/slo';
import type { Presence } from './coverage.service.js';
import type { Arrived, LoadStep } from './coverage.view.js';
import type { HealthBucket, HealthRow } from './health.view.js';

type Group = FlagHealth['total'];

/** What was counted in a stretch of time. */
export type Counted = Omit<HealthRow, 'name' | 'step'>;

/** The same with the 95th percentile of its latencies. */
export interface Summed extends Counted {
  readonly p95Ms: number | null;
}

/** What metrics need to know beside counts. */
export interface HealthGround {
  readonly target: number;
  readonly arrived: Arrived;
  readonly presence: Presence | null;
  /** How busy the back ends were in the stretch. */
  readonly load: Pick<LoadStep, 'usedMs' | 'watchedMs'>;
}

/** The 95th percentile of each group. */
export function p95By(buckets: readonly HealthBucket[]): ReadonlyMap<string, number | null> {
  const histograms = new Map<string, Map<number, number>>();
  for (const { name, i, n } of buckets) {
    const histogram = histograms.get(name) ?? new Map<number, number>();
    histograms.set(name, histogram.set(i, n));
  }
  return new Map([...histograms].map(([name, histogram]) => [name, quantile(histogram, 0.95)]));
}

/** Adds stretches up. */
export function sumOf(parts: readonly Counted[]): Counted {
  const sum = (pick: (part: Counted) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const known = (pick: (part: Counted) => number | null) => parts.reduce((total: number | null, part) => added(total, pick(part)), null);
  return {
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
  };
}

/** Counts and the ten metrics of a stretch, beside the baseline where there is one. */
export function groupOf(summed: Summed, ground: HealthGround, baseline?: Summed): Group {
  const { exposures, exposuresFirst, ok, err, errFirst } = summed;
  return {
    counts: { exposures, exposuresFirst, ok, err, errFirst },
    metrics: metricsOf(metricSums(summed, ground), ground.target, baseline),
  };
}

/** A sum is null as long as nobody measured any of it. */
function added(total: number | null, part: number | null): number | null {
  return part === null ? total : (total ?? 0) + part;
}

/** Where nothing guards the code of a flag, nothing is said of guards: zero would look like health. */
function metricSums(summed: Summed, { arrived, presence, load }: HealthGround): MetricSums {
  const { ok, err, slow500, timed500, p95Ms, calls, retries, openMs, watchedMs, validated, invalid } = summed;
  return {
    ok,
    err,
    p95Ms,
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
