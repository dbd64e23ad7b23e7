export { affectedFlags, differences } from './affected.js';
export { checksumOf, type EntryKind, entryHash, entryId, entryTextHash, exchange } from './checksum.js';
export { applyDelta, type DeltaOutcome, mergeDeltas } from './delta.js';
export * from './messages.js';
export { parseApplied, parseDelta, parseGoodbye, parseHandshake, parseReset, parseResync, parseSnapshot } from './parse.js';
export type { Parse } from './shape.js';
export { type SnapshotState, snapshotOf, stateFrom } from './state.js';
export { MAX_ENVELOPE_ROWS, parseTelemetry } from './telemetry.js';
