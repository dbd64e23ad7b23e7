import type { PreparedFlag } from '@ballast/evaluation';
import { type CounterRow, SLOT_MS } from '@ballast/protocol';
import { bucketOf, sparseOf } from '@ballast/slo';
import type { Evaluated } from './findings.js';
import type { News } from './trace-window.js';

/** The latency that outcomes are counted as slow above, in milliseconds: the threshold of the product's promise of speed. */
export const SLOW_MS = 500;

type Draft = { -readonly [Name in keyof CounterRow]: CounterRow[Name] } & { readonly buckets: Map<number, number>; slowCount: number };

/** The rollout step that a split of now belongs to; nobody knows it when the flag has several, or has changed since. */
function stageOf({ version, reason }: Evaluated, flag: PreparedFlag | undefined): string | undefined {
  if (flag === undefined || reason !== 'SPLIT' || version !== flag.source.version) return undefined;
  const serves = [...flag.source.rules.map(({ serve }) => serve), flag.source.default];
  const stages = new Set(serves.flatMap((serve) => (serve !== null && 'split' in serve ? [serve.split.stage] : [])));
  const [stage] = stages;
  return stages.size === 1 ? stage : undefined;
}

/** Rows of our own counters for what was news: evaluations in the slot they happened in, outcomes in the one their trace ended in. */
export function rowsOf({ exposures, outcomes }: News, flags: ReadonlyMap<string, PreparedFlag>, now: number): CounterRow[] {
  const drafts = new Map<string, Draft>();
  const rowAt = (of: Evaluated, at: number): Draft => {
    const t0 = (at || now) - ((at || now) % SLOT_MS);
    const { flag, variant, reason, version } = of;
    const key = JSON.stringify([flag, variant, reason, version, t0]);
    const stage = stageOf(of, flags.get(flag));
    const counts = { exposures: 0, ok: 0, err: 0, buckets: new Map(), slowCount: 0 };
    const draft = drafts.get(key) ?? { flag, version, variant, reason, stage, t0, ...counts };
    drafts.set(key, draft);
    return draft;
  };
  for (const of of exposures) rowAt(of, of.at).exposures += 1;
  for (const { of, root } of outcomes) {
    const row = rowAt(of, root.at);
    row[root.ok ? 'ok' : 'err'] += 1;
    const bucket = root.ms === null ? null : bucketOf(root.ms);
    if (bucket !== null) row.buckets.set(bucket, (row.buckets.get(bucket) ?? 0) + 1);
    if (root.ok && root.ms !== null && root.ms > SLOW_MS) row.slowCount += 1;
  }
  return [...drafts.values()].map(({ buckets, slowCount, ...row }) => ({
    ...row,
    slow: row.ok + row.err > 0 ? [SLOW_MS, slowCount] : [],
    hist: sparseOf(buckets),
  }));
}
