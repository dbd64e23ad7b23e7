export { type Edges, findCycle, longestChain } from './chains.js';
export { ConditionCheck } from './condition-checks.js';
export { patternProblem } from './pattern.js';
export { listedSegment, type SegmentNode } from './reach.js';
