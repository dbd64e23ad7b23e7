import { Global, Module } from '@nestjs/common';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { SnapshotsView } from './snapshots.view.js';

/** What every environment serves now, in memory. */
@Global()
@Module({ providers: [SnapshotKeeper, SnapshotsView], exports: [SnapshotKeeper] })
export class SnapshotsModule {}
