import { countOf } from '@ballast/slo';
import type { Addition } from './addition.js';

/** The addition with no more latencies than outcomes, since nothing else takes time; those that are too many are taken from all buckets alike. */
export function boundLatencies(addition: Addition): Addition {
  const outcomes = addition.ok + addition.err;
  const timed = countOf(addition.hist);
  if (timed <= outcomes) return addition;
  const kept = [...addition.hist].map(([bucket, count]) => [bucket, Math.floor((count * outcomes) / timed)] as const);
  return { ...addition, hist: new Map(kept.filter(([, count]) => count > 0)) };
}
