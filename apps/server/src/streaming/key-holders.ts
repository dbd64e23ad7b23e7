import { Injectable } from '@nestjs/common';
import { EventStreams } from './event-streams.js';
import { RelayGateway } from './relay.gateway.js';
import { StreamingGateway } from './streaming.gateway.js';

/** Everybody who is connected with an SDK key, by whichever stream. */
@Injectable()
export class KeyHolders {
  constructor(
    private readonly gateway: StreamingGateway,
    private readonly relays: RelayGateway,
    private readonly events: EventStreams,
  ) {}

  /** The keys that somebody is connected with. */
  keyIds(): ReadonlySet<string> {
    return new Set([...this.gateway.hub.keyIds(), ...this.relays.hub.keyIds(), ...this.events.keyIds()]);
  }

  /** Closes everything that was opened with a key. */
  disconnectKey(keyId: string): void {
    this.gateway.hub.disconnectKey(keyId);
    this.relays.hub.disconnectKey(keyId);
    this.events.disconnectKey(keyId);
  }
}
