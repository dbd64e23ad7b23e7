export { SingleFlight } from '@ballast/streaming';
export { SnapshotKeeper } from './snapshot-keeper.js';
export { SnapshotsModule } from './snapshots.module.js';
