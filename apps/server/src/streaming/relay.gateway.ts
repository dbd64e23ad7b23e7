import { RELAY_NAMESPACE, RelayHub } from '@ballast/streaming';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import { streamClosed, streamOpened } from '../events.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { Admissions } from './admissions.js';
import { KeyLists } from './key-lists.js';
import { StreamingGateway } from './streaming.gateway.js';

/** The door of the relays' sockets. */
@WebSocketGateway({ namespace: RELAY_NAMESPACE })
export class RelayGateway implements OnGatewayInit<Namespace>, BeforeApplicationShutdown {
  private opened: RelayHub | undefined;

  constructor(
    private readonly keeper: SnapshotKeeper,
    private readonly keys: KeyLists,
    private readonly admissions: Admissions,
    private readonly streams: StreamingGateway,
  ) {}

  /** The hub; Nest opens it before anything else of the application starts. */
  get hub(): RelayHub {
    if (this.opened === undefined) throw new Error('the hub of relays is asked for before the gateway is open');
    return this.opened;
  }

  afterInit(namespace: Namespace): void {
    this.opened = new RelayHub(namespace, {
      source: this.keeper,
      keys: this.keys,
      admit: (handshake, request) => this.admissions.admitRelay(handshake, request),
      onConnected: (relay) => {
        streamOpened('relay');
        this.streams.questions.askAlso(this.hub);
        this.streams.hub.census.relayEntered(relay);
      },
      onDisconnected: (relay, reason) => {
        streamClosed('relay');
        this.streams.hub.census.relayLeft(relay, reason);
      },
      onAnswer: (relay, answer) => this.streams.questions.answered(relay, answer),
    });
  }

  beforeApplicationShutdown(): void {
    this.hub.drain();
  }
}
