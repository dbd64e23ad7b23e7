import type { ResourceDiff } from '@ballast/api';
import { diff } from './diff.js';
import type { WriteResult } from './ledger.types.js';

/** What a rehearsed write would have changed, resource by resource. */
export function diffOf(write: WriteResult<unknown>): readonly ResourceDiff[] {
  return write.audit.map((line) => ({
    environment: write.environmentKeys.get(line.environmentId ?? '') ?? null,
    action: line.action,
    kind: line.resourceKind,
    key: line.resourceKey,
    changes: [...diff(line.before, line.after)],
  }));
}

/** The answer of a write: its result, or for a dry run the diff with the result it would have had. */
export function answer<Result>(write: WriteResult<Result>, isDryRun: boolean) {
  return isDryRun ? { dryRun: true as const, diff: diffOf(write), result: write.result } : write.result;
}
