export type { Admission, Admit, RefusedAdmission } from './admission.js';
export { DeltaRing } from './delta-ring.js';
export { type Receipt, Receipts } from './receipts.js';
export { etagOf, SnapshotBody } from './snapshot-body.js';
export { SnapshotFeeds } from './snapshot-feeds.js';
export type { Head, News, Since, SnapshotSource } from './snapshot-source.js';
export { type HubOptions, StreamHub } from './stream-hub.js';
