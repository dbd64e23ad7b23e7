import { z } from 'zod';
import { attributeName, condition } from './conditions.js';
import { nameText, newKey, reasonText, storableText } from './keys.js';
import { LIMITS } from './limits.js';
import { pageOf, pageQuery } from './pagination.js';

const description = storableText.max(LIMITS.descriptionLength.max);
const members = z
  .array(storableText.min(1).max(LIMITS.conditionTextLength.max))
  .max(LIMITS.segmentMembers.max, `must have at most ${LIMITS.segmentMembers.max} members (segmentMembers)`);

const fields = {
  name: nameText,
  description,
  when: condition.nullable(),
  by: attributeName,
  included: members,
  excluded: members,
};

/** Body that creates a segment in every environment of the project. */
export const createSegment = z.strictObject({
  ...fields,
  key: newKey,
  name: nameText.optional(),
  description: description.default(''),
  when: condition.nullable().default(null),
  by: attributeName.default('targetingKey'),
  included: members.default([]),
  excluded: members.default([]),
  reason: reasonText.optional(),
});
export type CreateSegment = z.infer<typeof createSegment>;

/** Body that replaces a segment. */
export const putSegment = createSegment.omit({ key: true });
export type PutSegment = z.infer<typeof putSegment>;

/** What a merge patch of a segment must lead to. */
export const patchedSegment = z.strictObject({ ...fields, when: condition.optional() });
export type PatchedSegment = z.infer<typeof patchedSegment>;

/** Body that merge-patches a segment (RFC 7396); `when: null` removes the condition. */
export const patchSegment = z.strictObject({
  name: z.unknown().optional(),
  description: z.unknown().optional(),
  when: z.unknown().optional(),
  by: z.unknown().optional(),
  included: z.unknown().optional(),
  excluded: z.unknown().optional(),
  reason: reasonText.optional(),
});
export type PatchSegment = z.infer<typeof patchSegment>;

/** Where a segment is used: flags per environment, and other segments. */
export const segmentUse = z.object({
  flags: z.array(z.object({ environment: z.string(), flag: z.string() })),
  segments: z.array(z.string()),
});
export type SegmentUse = z.infer<typeof segmentUse>;

/** A segment in a list. */
export const segmentSummary = z
  .object({
    key: z.string(),
    name: z.string(),
    description: z.string(),
    included: z.int(),
    excluded: z.int(),
    version: z.int(),
    updatedAt: z.string(),
  })
  .meta({ id: 'SegmentSummary', description: 'included and excluded are the lengths of the lists' });
export type SegmentSummary = z.infer<typeof segmentSummary>;

/** A segment as it is answered. */
export const segmentView = z
  .object({
    key: z.string(),
    ...fields,
    version: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    usedBy: segmentUse,
  })
  .meta({ id: 'Segment' });
export type SegmentView = z.infer<typeof segmentView>;

/** One page of segments. */
export const segmentPage = pageOf(segmentSummary);

/** Query of the list of segments. */
export const listSegmentsQuery = z.strictObject({ ...pageQuery, q: z.string().max(LIMITS.nameLength.max).optional() });
export type ListSegmentsQuery = z.infer<typeof listSegmentsQuery>;
