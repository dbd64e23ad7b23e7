import { isMembers, type Members, own } from '../findings.js';

/** Features and segments, whichever way a file has them. */
export interface Payload {
  readonly features: readonly unknown[];
  /** Constraints by segment id; null where the file leaves them out. */
  readonly segments: ReadonlyMap<unknown, unknown>;
}

/** A payload, or why the file has none. */
export type PayloadResult = { readonly ok: true; readonly payload: Payload } | { readonly ok: false; readonly problem: string };

/** A list of the file; missing counts as empty, anything else than a list as null. */
export function listOf(content: Members, name: string): readonly unknown[] | null {
  const list = own(content, name) ?? [];
  return Array.isArray(list) ? list : null;
}

/** Constraints by segment id; `missing` stands for a segment that has none in the file. */
export function segmentsOf(segments: readonly unknown[], missing: readonly [] | null): ReadonlyMap<unknown, unknown> {
  return new Map(segments.filter(isMembers).map((segment) => [own(segment, 'id'), own(segment, 'constraints') ?? missing]));
}
