import type { Parse } from '@ballast/protocol';

/** What became of one batch of counters that a relay forwarded. */
export type Verdict =
  | { readonly outcome: 'counted'; readonly rejectedRows: number }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'expired' }
  /** No client may send this; the same problems as in an answer to the client itself. */
  | { readonly outcome: 'invalid'; readonly problems: readonly { readonly path: string; readonly message: string }[] };

/** What a client is told of its batch. */
export interface BatchReceipt {
  readonly accepted: number;
  readonly duplicate: boolean;
  readonly rejectedRows: number;
  readonly expired: number;
}

/** Batches that one request of a relay may bring. */
export const MAX_FORWARDED_BATCHES = 200;

/** What a client is told when its batch was counted, now or before. */
export function receiptOf(verdict: Extract<Verdict, { readonly outcome: 'counted' | 'duplicate' }>): BatchReceipt {
  if (verdict.outcome === 'duplicate') return { accepted: 0, duplicate: true, rejectedRows: 0, expired: 0 };
  return { accepted: 1, duplicate: false, rejectedRows: verdict.rejectedRows, expired: 0 };
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

function isProblem(value: unknown): boolean {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string';
}

function isVerdict(value: unknown): value is Verdict {
  if (!isRecord(value)) return false;
  if (value.outcome === 'counted') return Number.isSafeInteger(value.rejectedRows);
  if (value.outcome === 'invalid') return Array.isArray(value.problems) && value.problems.every(isProblem);
  return value.outcome === 'duplicate' || value.outcome === 'expired';
}

function areVerdicts(value: unknown): value is readonly Verdict[] {
  return Array.isArray(value) && value.every(isVerdict);
}

/** Parses upstream's word on forwarded batches, one verdict each in their order. */
export const parseVerdicts: Parse<readonly Verdict[]> = (value) => {
  const verdicts = isRecord(value) ? value.verdicts : undefined;
  return areVerdicts(verdicts) ? verdicts : 'not verdicts';
};
