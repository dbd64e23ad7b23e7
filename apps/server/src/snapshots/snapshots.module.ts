import { registerHash } from '@ballast/evaluation';
import { importedHashes } from '@ballast/evaluation/hashes';
import { Global, Module } from '@nestjs/common';
import { EvaluateController } from './evaluate.controller.js';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { SnapshotsView } from './snapshots.view.js';

/** What every environment serves now, in memory. */
@Global()
@Module({ controllers: [EvaluateController], providers: [SnapshotKeeper, SnapshotsView], exports: [SnapshotKeeper] })
export class SnapshotsModule {
  constructor() {
    importedHashes.forEach(registerHash);
  }
}
