import type { WriteRequest } from '../changes/index.js';

/** Who writes, why, and whether for real. */
export type WriteBy = Pick<WriteRequest, 'actor' | 'reason' | 'dryRun'>;
