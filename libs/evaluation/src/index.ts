export { typeOf } from './attributes.js';
export { parseRange } from './cidr.js';
export { MAX_DEPTH, prepareSegment } from './conditions.js';
export { type Below, canReach, evaluate, MAX_REACHED } from './evaluate.js';
export { type Hash, type Placement, registerHash, SHARE_TOTAL } from './hash.js';
export { parseInstant } from './instant.js';
export type * from './model.js';
export { murmur3, position } from './murmur3.js';
export { compilePattern, MAX_MATCHED_LENGTH } from './operators.js';
export { prepareFlag } from './prepare.js';
export type { FlagSet, PreparedFlag, PreparedSegment } from './prepared.js';
export {
  attributesIn,
  type ConditionSize,
  conditionSize,
  type FlagReferences,
  flagReferences,
  segmentsIn,
  variantsIn,
} from './references.js';
export { type Tally, tallyOf } from './resolutions.js';
export { parseVersion } from './semver.js';
export { MAX_WEIGHT_TOTAL } from './split.js';
