import type { Hash } from '../hash.js';
import { flagdFractionalV2 } from './flagd-fractional-v2.js';
import { unleashMurmur3 } from './unleash-murmur3.js';

export { flagdFractionalV2, unleashMurmur3 };

/** The hashes of every system that flags can be imported from; `registerHash` teaches them to the engine. */
export const importedHashes: readonly Hash[] = [unleashMurmur3, flagdFractionalV2];
