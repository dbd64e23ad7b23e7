import { LIMITS, pointer, type RequestProblem } from '@ballast/api';
import { type Condition, segmentsIn } from '@ballast/evaluation';
import { findCycle, longestChain } from './chains.js';
import { ConditionCheck } from './condition-checks.js';
import { clientSegments, edgesOf, listedSegment, type SegmentReach } from './reach.js';

/** A segment as it is about to be saved. */
export interface SegmentDraft {
  readonly key: string;
  readonly when: Condition | null;
  readonly by: string;
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** The segments of a project as they will be once the draft is saved. */
export function reachWith(reach: SegmentReach, draft: SegmentDraft): SegmentReach {
  const hasLists = draft.included.length + draft.excluded.length > 0;
  const refs = draft.when === null ? [] : segmentsIn(draft.when);
  return { ...reach, nodes: new Map([...reach.nodes, [draft.key, { hasLists, refs }]]) };
}

function chainProblems(reach: SegmentReach, key: string): readonly RequestProblem[] {
  const edges = edgesOf(reach.nodes);
  const cycle = findCycle(edges, key);
  if (cycle !== null) return [{ path: pointer(['when']), message: `segments would lead back to themselves: ${cycle.join(' → ')}` }];
  if (longestChain(edges) > LIMITS.chainDepth.max)
    return [
      {
        path: pointer(['when']),
        message: `segments would lead to one another over more than ${LIMITS.chainDepth.max} levels (chainDepth)`,
      },
    ];
  return [];
}

function clientProblems(reach: SegmentReach, key: string): readonly RequestProblem[] {
  const isSeen = [...reach.clientRefs.keys()].some((environmentId) => clientSegments(reach, environmentId).has(key));
  const listed = isSeen ? listedSegment(reach.nodes, [key]) : null;
  if (listed === null) return [];
  if (listed === key)
    return [{ path: '', message: 'a client-visible flag uses this segment, so it cannot have lists: clients never see members' }];
  return [
    {
      path: pointer(['when']),
      message: `a client-visible flag uses this segment, so it cannot lead to ${JSON.stringify(listed)}, which has lists`,
    },
  ];
}

/** Everything that is wrong with a segment among its neighbours. */
export function segmentProblems(draft: SegmentDraft, before: SegmentReach): readonly RequestProblem[] {
  const reach = reachWith(before, draft);
  const check = new ConditionCheck(reach.nodes);
  if (draft.when !== null) check.check(draft.when, ['when']);
  if (check.problems.length > 0) return check.problems;
  return [...chainProblems(reach, draft.key), ...clientProblems(reach, draft.key)];
}
