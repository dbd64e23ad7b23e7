export type { Hash, Placement } from '@ballast/evaluation';
export { flagdFractionalV2, unleashMurmur3 } from '@ballast/evaluation/hashes';
