import { StreamHub } from '@ballast/streaming';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SnapshotKeeper } from '../snapshots/index.js';
import { Admissions } from './admissions.js';
import { SdkSockets } from './sdk-sockets.js';
import { StreamEvents } from './stream-events.js';

/** The door of the SDKs' sockets; everything behind it is the hub's. */
@Injectable()
export class StreamingGateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly hub: StreamHub;

  constructor(
    private readonly sockets: SdkSockets,
    keeper: SnapshotKeeper,
    admissions: Admissions,
    events: StreamEvents,
  ) {
    this.hub = new StreamHub(sockets.namespace, keeper, (handshake) => admissions.admit(handshake), events);
  }

  onApplicationBootstrap(): void {
    this.sockets.attach();
  }

  beforeApplicationShutdown(): void {
    this.hub.drain();
    this.sockets.close();
  }
}
