import { Global, Module } from '@nestjs/common';
import { Admissions } from './admissions.js';
import { EventStreams } from './event-streams.js';
import { KeyHolders } from './key-holders.js';
import { KeyWatch } from './key-watch.js';
import { KeysView } from './keys.view.js';
import { OfrepController } from './ofrep.controller.js';
import { OfrepDoor } from './ofrep-door.js';
import { OfrepSource } from './ofrep-source.js';
import { PollingController } from './polling.controller.js';
import { SdkDoor } from './sdk-door.js';
import { StreamEvents } from './stream-events.js';
import { StreamPass } from './stream-pass.js';
import { StreamingGateway } from './streaming.gateway.js';

/** The doors through which snapshots and deltas leave. */
@Global()
@Module({
  controllers: [PollingController, OfrepController],
  providers: [
    Admissions,
    EventStreams,
    KeyHolders,
    KeyWatch,
    KeysView,
    OfrepDoor,
    OfrepSource,
    SdkDoor,
    StreamEvents,
    StreamPass,
    StreamingGateway,
  ],
  exports: [SdkDoor, StreamingGateway],
})
export class StreamingModule {}
