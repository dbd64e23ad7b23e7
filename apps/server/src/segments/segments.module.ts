import { Module } from '@nestjs/common';
import { SegmentEntries } from './segment-entries.js';
import { SegmentFiller } from './segment-filler.js';
import { SegmentsController } from './segments.controller.js';
import { SegmentsService } from './segments.service.js';
import { SegmentsStore } from './segments.store.js';
import { SegmentsView } from './segments.view.js';
import { SegmentsRoom } from './segments-room.js';

/** Named sets of contexts, shared by the environments of a project. */
@Module({
  controllers: [SegmentsController],
  providers: [SegmentsService, SegmentsStore, SegmentsView, SegmentEntries, SegmentsRoom, SegmentFiller],
  exports: [SegmentEntries, SegmentsStore],
})
export class SegmentsModule {}
