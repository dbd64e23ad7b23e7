export { type Edges, findCycle, longestChain } from './chains.js';
export { ConditionCheck } from './condition-checks.js';
export { patternProblem } from './pattern.js';
export { listedSegment, type SegmentNode, type SegmentReach } from './reach.js';
export { type Entries, SegmentEntries } from './segment-entries.js';
export { SegmentsModule } from './segments.module.js';
export { VersionTag } from './version-tag.js';
