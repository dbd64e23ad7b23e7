import type { SegmentSummary, SegmentUse, SegmentView } from '@ballast/api';
import type { Segment } from '@ballast/evaluation';
import type { SegmentRecord, SegmentSummaryRow } from './segments.store.js';

/** What people edit of a segment; what a merge patch is applied to and the audit keeps. */
export function segmentDocument({
  name,
  description,
  when,
  by,
  included,
  excluded,
}: Omit<SegmentRecord, 'key' | 'id' | 'version' | 'createdAt' | 'updatedAt'>) {
  return { name, description, when, by, included, excluded };
}

/** A segment as it is answered. */
export function segmentView(record: SegmentRecord, usedBy: SegmentUse): SegmentView {
  const { included, excluded, ...document } = segmentDocument(record);
  return {
    key: record.key,
    ...document,
    included: [...included],
    excluded: [...excluded],
    version: record.version,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    usedBy,
  };
}

/** A segment as it is answered in a list. */
export function segmentSummaryView(row: SegmentSummaryRow): SegmentSummary {
  return { ...row, updatedAt: row.updatedAt.toISOString() };
}

/** A segment as the engine evaluates it. */
export function compileSegment({ key, when, by, included, excluded }: SegmentRecord, version: number): Segment {
  return { key, version, when, by, included, excluded };
}
