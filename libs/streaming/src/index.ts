export { standingOf } from './absences.js';
export type { Admission, Admit, RefusedAdmission } from './admission.js';
export { type AppliedNews, Census } from './census.js';
export { DeltaRing } from './delta-ring.js';
export { bearerOf } from './doors/bearer.js';
export { corsHeaders } from './doors/cors.js';
export { DOOR_CODES, type DoorCode, detailOf, PROBLEM_TYPE } from './doors/door-codes.js';
export { instanceOf, type NamedInstance } from './doors/instance.js';
export { acceptsGzip, holds } from './doors/negotiation.js';
export { nestingOf } from './doors/nesting.js';
export { isAllowedOrigin } from './doors/origins.js';
export { requestIdOf } from './doors/request-id.js';
export { fitting } from './fitting.js';
export { inTurns } from './in-turns.js';
export type { Receipt, Who } from './instances.js';
export { type KeySource, viewOf } from './key-source.js';
export { EMPTY_TALLY, mergeTallies } from './merge-tallies.js';
export { PairBodies, PairBody } from './pair-body.js';
export { pairChecksum, pairRevision, pairSince } from './pair-feed.js';
export { jsonOf } from './parcel.js';
export { type PropagationSummary, summarise } from './propagation.js';
export { Questions, type RelayBelow, type RelaysBelow } from './questions.js';
export { type ConnectedState, type InstanceLimits, Receipts } from './receipts.js';
export { type Found, type Reconciled, reconcile, soughtMarks } from './reconcile.js';
export { RelayHub } from './relay-hub.js';
export type { AdmitRelay, ConnectedRelay, RelayAdmission, RelayHubOptions } from './relay-hub-options.js';
export {
  type KeyEntry,
  type KeyList,
  type PairDelta,
  type PairSnapshot,
  parseKeyList,
  parseMoment,
  parsePairDelta,
  parsePairSnapshot,
  parseWelcome,
  RELAY_NAMESPACE,
  type Welcome,
} from './relay-messages.js';
export { packMarks } from './roll.js';
export { SingleFlight } from './single-flight.js';
export { etagOf, SnapshotBody } from './snapshot-body.js';
export { SnapshotFeeds } from './snapshot-feeds.js';
export type { Head, News, Since, SnapshotSource } from './snapshot-source.js';
export { type HubOptions, StreamHub } from './stream-hub.js';
export { type BatchReceipt, MAX_FORWARDED_BATCHES, parseVerdicts, receiptOf, type Verdict } from './verdicts.js';
