export { affectedFlags, differences } from './affected.js';
export { type EntryKind, entryHash, entryId, entryTextHash, exchange } from './checksum.js';
export {
  type Answer,
  type Ask,
  type Beyond,
  type InstanceReport,
  type InstanceState,
  MAX_REPORTS,
  parseAnswer,
  parseAsk,
  parseQuestion,
  parseTally,
  type Question,
  type RevisionPropagation,
  type Tally,
} from './convergence.js';
export { applyDelta, checksumOf, type DeltaOutcome, entriesOf, mergeDeltas, stateFrom, type Unsummed } from './delta.js';
export * from './messages.js';
export { parseDelta, parseGoodbye, parseReset, parseSnapshot } from './parse.js';
export { parseApplied, parseHandshake, parseResync } from './parse-requests.js';
export * from './session.js';
export { connectDue, fetchDue } from './session-acts.js';
export {
  CLOSED,
  DOWN,
  NONE,
  OFF,
  OPENING,
  type Random,
  type Session,
  type SessionAction,
  type SessionEffects,
  type SessionEvent,
  type SessionStatus,
  UP,
} from './session-model.js';
export { isCount, type Parse } from './shape.js';
export { type SnapshotState, snapshotOf } from './state.js';
export { MAX_ENVELOPE_ROWS, MAX_THRESHOLDS, parseTelemetry } from './telemetry.js';
