import { SDK_NAMESPACE } from '@ballast/protocol';
import { type Questions, StreamHub } from '@ballast/streaming';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import { SnapshotKeeper } from '../snapshots/index.js';
import { Admissions } from './admissions.js';
import { StreamEvents } from './stream-events.js';

/** The door of the SDKs' sockets; everything behind it is the hub's. */
@WebSocketGateway({ namespace: SDK_NAMESPACE })
export class StreamingGateway implements OnGatewayInit<Namespace>, BeforeApplicationShutdown {
  private opened: StreamHub | undefined;

  constructor(
    private readonly keeper: SnapshotKeeper,
    private readonly admissions: Admissions,
    private readonly events: StreamEvents,
  ) {}

  /** The hub; Nest opens it before anything else of the application starts. */
  get hub(): StreamHub {
    if (this.opened === undefined) throw new Error('the stream hub is asked for before the gateway is open');
    return this.opened;
  }

  /** What is being asked about the instances that are connected here. */
  get questions(): Questions {
    return this.hub.census.questions;
  }

  afterInit(namespace: Namespace): void {
    this.opened = new StreamHub(namespace, this.keeper, (handshake, request) => this.admissions.admit(handshake, request), this.events);
  }

  /** The HTTP doors stay open meanwhile: whoever was told to go elsewhere may still ask here. */
  beforeApplicationShutdown(): Promise<void> {
    return this.hub.drain();
  }
}
