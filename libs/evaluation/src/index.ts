export { isRecord, parsePath } from './attributes.js';
export { parseRange } from './cidr.js';
export { evaluate, evaluateAs, type Question, typeOf } from './evaluate.js';
export { parseInstant } from './instant.js';
export type * from './model.js';
export { murmur3, position } from './murmur3.js';
export { compilePattern } from './operators.js';
export { prepareFlag, prepareSegment } from './prepare.js';
export { MAX_DEPTH } from './prepare-condition.js';
export { MAX_WEIGHT_TOTAL, SHARE_TOTAL } from './prepare-split.js';
export type * from './prepared.js';
export {
  attributesIn,
  type ConditionSize,
  conditionSize,
  type FlagReferences,
  flagReferences,
  segmentsIn,
  variantsIn,
} from './references.js';
export { parseVersion } from './semver.js';
