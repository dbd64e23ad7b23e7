import { budgetRatio, burnRate } from './burn.js';

/** Everything the ten metrics are computed from, summed over one stretch of time; what was not measured is left out. */
export interface MetricSums {
  readonly ok: number;
  readonly err: number;
  /** Outcomes without an error that took longer than 500 ms. */
  readonly slow500?: number;
  /** Outcomes of those who measured that, with an error and without. */
  readonly timed500?: number;
  /** 95th percentile of their latency, in milliseconds; null without any. */
  readonly p95Ms?: number | null;
  /** Calls that passed a guard, the first attempt of each, and the attempts after it. */
  readonly calls?: number;
  readonly retries?: number;
  /** How long breakers were open, and for how long they were watched. */
  readonly openMs?: number;
  readonly watchedMs?: number;
  readonly invalid?: number;
  readonly validated?: number;
  /** How much of a limited resource is used, and its limit. */
  readonly used?: number;
  readonly limit?: number;
  /** Batches that arrived and that should have, by the highest sequence numbers. */
  readonly batchesReceived?: number;
  readonly batchesDue?: number;
  /** Instances that report, and that are connected. */
  readonly instancesReporting?: number;
  readonly instancesConnected?: number;
}

/** The ten metrics of one stretch of time; null where nothing was measured, which is neither good nor bad. */
export interface Metrics {
  /** M1: share of outcomes without an error. */
  readonly successRate: number | null;
  /** M2: 95th percentile of latency, in milliseconds. */
  readonly p95Ms: number | null;
  /** M2 as an indicator: share of outcomes slower than 500 ms, of those that were measured; below 5 % is the same as a p95 below 500 ms. */
  readonly slowRate: number | null;
  /** M3: share of outcomes with an error. */
  readonly errorRate: number | null;
  /** M4: burn rate against a target. */
  readonly burnRate: number | null;
  /** M5: how much worse than the baseline: 0.05 is 5 % more. See `canaryDelta`. */
  readonly errorDelta: number | null;
  readonly latencyDelta: number | null;
  /** M6: retries per call that passed a guard. */
  readonly retriesPerCall: number | null;
  /** M7: share of the time that breakers were watched in which they were open. */
  readonly openRate: number | null;
  /** M8: share of validations that failed. */
  readonly invalidRate: number | null;
  /** M9: share of a limited resource that is used. */
  readonly saturation: number | null;
  /** M10: share of telemetry that arrived. */
  readonly coverage: number | null;
}

/** Where the metrics should be, as long as nobody set an objective. */
export const STARTING_TARGETS = {
  successRate: 0.99,
  p95Ms: 500,
  slowRate: 0.05,
  errorRate: 0.01,
  burnTicket: 2,
  burnPage: 4,
  delta: 0.05,
  retriesPerCall: 0.2,
  saturation: 0.75,
  coverage: 0.9,
} as const;

/** A part of a whole; null without a whole, or when one of them was not measured. */
export function share(part: number | undefined, whole: number | undefined): number | null {
  return part === undefined || whole === undefined || !(whole > 0) ? null : part / whole;
}

/** How much more a canary has of something than its concurrent baseline; null when the baseline has none to compare with. */
export function canaryDelta(canary: number | null, baseline: number | null): number | null {
  return canary === null || baseline === null || baseline === 0 ? null : canary / baseline - 1;
}

/** The ten metrics against a target for the error ratio, beside the baseline where there is one. */
export function metricsOf(sums: MetricSums, target: number, baseline?: Pick<MetricSums, 'ok' | 'err' | 'p95Ms'>): Metrics {
  const total = sums.ok + sums.err;
  return {
    successRate: share(sums.ok, total),
    p95Ms: sums.p95Ms ?? null,
    slowRate: share(sums.slow500, sums.timed500),
    errorRate: share(sums.err, total),
    burnRate: total === 0 ? null : burnRate({ good: sums.ok, bad: sums.err }, budgetRatio(target)),
    errorDelta: baseline === undefined ? null : canaryDelta(share(sums.err, total), share(baseline.err, baseline.ok + baseline.err)),
    latencyDelta: baseline === undefined ? null : canaryDelta(sums.p95Ms ?? null, baseline.p95Ms ?? null),
    retriesPerCall: share(sums.retries, sums.calls),
    openRate: share(sums.openMs, sums.watchedMs),
    invalidRate: share(sums.invalid, sums.validated),
    saturation: share(sums.used, sums.limit),
    coverage: coverageOf(sums),
  };
}

/** Batches that arrived times instances that report: either gap alone must show. */
function coverageOf({ batchesReceived, batchesDue, instancesReporting, instancesConnected }: MetricSums): number | null {
  const batches = share(batchesReceived, batchesDue);
  const instances = share(instancesReporting, instancesConnected);
  return batches === null || instances === null ? null : Math.min(1, batches) * Math.min(1, instances);
}
