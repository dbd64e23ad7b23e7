import { Global, Module } from '@nestjs/common';
import { Admissions } from './admissions.js';
import { KeyWatch } from './key-watch.js';
import { KeysView } from './keys.view.js';
import { PollingController } from './polling.controller.js';
import { SdkDoor } from './sdk-door.js';
import { StreamEvents } from './stream-events.js';
import { StreamingGateway } from './streaming.gateway.js';

/** The doors through which snapshots and deltas leave. */
@Global()
@Module({
  controllers: [PollingController],
  providers: [Admissions, KeyWatch, KeysView, SdkDoor, StreamEvents, StreamingGateway],
  exports: [SdkDoor, StreamingGateway],
})
export class StreamingModule {}
