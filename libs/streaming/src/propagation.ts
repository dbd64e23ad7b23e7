import type { RevisionPropagation } from '@ballast/protocol';

const PER_DOUBLING = 16;
const LAST_BUCKET = 255;
/** Revisions that are remembered: the last changes. */
const REVISIONS = 20;

interface Measured {
  readonly buckets: Map<number, number>;
  maxMs: number;
}

/** How long the last revisions took from their commit to the receipts of those that were connected. */
export class PropagationLog {
  readonly #revisions = new Map<number, Measured>();

  /** Counts one receipt. */
  record(revision: number, ms: number): void {
    const measured = this.#measured(revision);
    const bucket = bucketOf(ms);
    measured.buckets.set(bucket, (measured.buckets.get(bucket) ?? 0) + 1);
    measured.maxMs = Math.max(measured.maxMs, Math.round(ms));
  }

  /** What was measured, per revision. */
  reports(): readonly RevisionPropagation[] {
    return [...this.#revisions].map(([revision, { buckets, maxMs }]) => ({ revision, hist: sparse(buckets), maxMs }));
  }

  #measured(revision: number): Measured {
    const known = this.#revisions.get(revision);
    if (known !== undefined) return known;
    const fresh = { buckets: new Map<number, number>(), maxMs: 0 };
    this.#revisions.set(revision, fresh);
    if (this.#revisions.size > REVISIONS) this.#revisions.delete(Math.min(...this.#revisions.keys()));
    return fresh;
  }
}

/** What the last changes took, over all who measured them. */
export interface PropagationSummary {
  readonly changes: number;
  readonly receipts: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** Adds up, revision by revision, what servers and relays measured of the last changes. */
export function mergePropagation(all: readonly RevisionPropagation[]): readonly RevisionPropagation[] {
  const revisions = new Map<number, Measured>();
  for (const { revision, hist, maxMs } of all) {
    const sum = revisions.get(revision) ?? { buckets: new Map<number, number>(), maxMs: 0 };
    addSparse(sum.buckets, hist);
    sum.maxMs = Math.max(sum.maxMs, maxMs);
    revisions.set(revision, sum);
  }
  const last = [...revisions].sort(([a], [b]) => b - a).slice(0, REVISIONS);
  return last.map(([revision, { buckets, maxMs }]) => ({ revision, hist: sparse(buckets), maxMs }));
}

/** What the last changes took, over all revisions; quantiles are exact within 2.2 %. */
export function summarise(counted: readonly RevisionPropagation[]): PropagationSummary {
  const buckets = new Map<number, number>();
  for (const { hist } of counted) addSparse(buckets, hist);
  const maxMs = counted.length === 0 ? null : Math.max(...counted.map((each) => each.maxMs));
  const receipts = [...buckets.values()].reduce((sum, count) => sum + count, 0);
  const at = (q: number) => quantile(buckets, Math.max(1, Math.ceil(q * receipts)), maxMs);
  return { changes: counted.length, receipts, p50Ms: at(0.5), p99Ms: at(0.99), maxMs };
}

/** Base-2 exponential histogram of scale 4: bucket `i` holds `(2^(i/16), 2^((i+1)/16)]` ms; one millisecond and less is bucket 0. */
function bucketOf(ms: number): number {
  return ms > 1 ? Math.min(LAST_BUCKET, Math.ceil(Math.log2(ms) * PER_DOUBLING) - 1) : 0;
}

function sparse(buckets: ReadonlyMap<number, number>): number[] {
  let previous = -1;
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, count]) => {
      const gap = index - previous;
      previous = index;
      return [gap, count];
    });
}

function addSparse(buckets: Map<number, number>, hist: readonly number[]): void {
  let index = -1;
  for (let i = 0; i + 1 < hist.length; i += 2) {
    index += hist[i] ?? 0;
    buckets.set(index, (buckets.get(index) ?? 0) + (hist[i + 1] ?? 0));
  }
}

/** The geometric middle of the bucket that holds the rank, never more than the largest value. */
function quantile(buckets: ReadonlyMap<number, number>, rank: number, maxMs: number | null): number | null {
  let seen = 0;
  for (const [index, count] of [...buckets].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return Math.min(Math.round(2 ** ((index + 0.5) / PER_DOUBLING) * 10) / 10, maxMs ?? Number.POSITIVE_INFINITY);
  }
  return null;
}
