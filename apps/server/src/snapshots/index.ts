export { SingleFlight } from './single-flight.js';
export { SnapshotKeeper } from './snapshot-keeper.js';
export { SnapshotsModule } from './snapshots.module.js';
