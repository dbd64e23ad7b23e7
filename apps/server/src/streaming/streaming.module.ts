import { Global, Module } from '@nestjs/common';
import { Admissions } from './admissions.js';
import { Convergence } from './convergence.js';
import { EventStreams } from './event-streams.js';
import { InstanceGauge } from './instance-gauge.js';
import { KeyHolders } from './key-holders.js';
import { KeyLists } from './key-lists.js';
import { KeyWatch } from './key-watch.js';
import { KeysView } from './keys.view.js';
import { OfrepController } from './ofrep.controller.js';
import { OfrepDoor } from './ofrep-door.js';
import { OfrepSource } from './ofrep-source.js';
import { PollingController } from './polling.controller.js';
import { QuestionDesk } from './question-desk.js';
import { QuestionsStore } from './questions.store.js';
import { RelayController } from './relay.controller.js';
import { RelayGateway } from './relay.gateway.js';
import { RelayDoor } from './relay-door.js';
import { SdkDoor } from './sdk-door.js';
import { ServerNodes } from './server-nodes.js';
import { ServerNodesStore } from './server-nodes.store.js';
import { SnapshotShortcut } from './snapshot-shortcut.js';
import { StreamEvents } from './stream-events.js';
import { StreamPass } from './stream-pass.js';
import { StreamingGateway } from './streaming.gateway.js';

/** The doors through which snapshots and deltas leave. */
@Global()
@Module({
  controllers: [PollingController, OfrepController, RelayController],
  providers: [
    Admissions,
    Convergence,
    EventStreams,
    InstanceGauge,
    KeyHolders,
    KeyLists,
    KeyWatch,
    KeysView,
    OfrepDoor,
    OfrepSource,
    QuestionDesk,
    QuestionsStore,
    RelayDoor,
    RelayGateway,
    SdkDoor,
    ServerNodes,
    ServerNodesStore,
    SnapshotShortcut,
    StreamEvents,
    StreamPass,
    StreamingGateway,
  ],
  exports: [OfrepDoor, Convergence, RelayDoor, RelayGateway, SdkDoor, StreamingGateway],
})
export class StreamingModule {}
