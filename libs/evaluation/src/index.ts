export { readKey, typeOf } from './attributes.js';
export { parseRange } from './cidr.js';
export { prepareSegment } from './conditions.js';
export { evaluate } from './evaluate.js';
export { type Hash, type Placement, registerHash, SHARE_TOTAL } from './hash.js';
export { parseInstant } from './instant.js';
export type * from './model.js';
export { murmur3, position } from './murmur3.js';
export { compilePattern, MAX_MATCHED_LENGTH } from './operators.js';
export { prepareFlag } from './prepare.js';
export type { FlagSet, PreparedFlag, PreparedSegment } from './prepared.js';
export { type Below, canReach, MAX_DEPTH, MAX_REACHED } from './reach.js';
export {
  attributesIn,
  type ConditionSize,
  conditionSize,
  type FlagReferences,
  flagReferences,
  segmentsIn,
  variantsIn,
} from './references.js';
export { failure, type Tally, tallyOf } from './resolutions.js';
export { parseVersion } from './semver.js';
export { MAX_WEIGHT_TOTAL } from './split.js';
