import { StreamHub } from '@ballast/streaming';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SnapshotKeeper } from '../snapshots/index.js';
import { Admissions } from './admissions.js';
import { KeyWatch } from './key-watch.js';
import { SdkSockets } from './sdk-sockets.js';

/** The door of the SDKs' sockets; everything behind it is the hub's. */
@Injectable()
export class StreamingGateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(StreamingGateway.name);
  private readonly hub: StreamHub;

  constructor(
    private readonly sockets: SdkSockets,
    keeper: SnapshotKeeper,
    admissions: Admissions,
    private readonly watch: KeyWatch,
  ) {
    this.hub = new StreamHub(sockets.namespace, keeper, (handshake) => admissions.admit(handshake), {
      onSlow: ({ keyId }) => this.logger.warn(`a client of key ${keyId} does not read and was sent away`),
    });
  }

  /** How many clients are connected. */
  get size(): number {
    return this.hub.size;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.watch.watch(this.hub);
    this.sockets.attach();
  }

  beforeApplicationShutdown(): void {
    this.hub.drain();
    this.sockets.close();
  }
}
