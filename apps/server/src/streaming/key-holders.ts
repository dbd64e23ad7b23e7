import { Injectable } from '@nestjs/common';
import { SdkKeys } from '../access/index.js';
import { EventStreams } from './event-streams.js';
import { RelayGateway } from './relay.gateway.js';
import { StreamingGateway } from './streaming.gateway.js';

/** Everybody who is connected with an SDK key, by whichever stream, or is let in by one that was looked up before. */
@Injectable()
export class KeyHolders {
  constructor(
    private readonly gateway: StreamingGateway,
    private readonly relays: RelayGateway,
    private readonly events: EventStreams,
    private readonly keys: SdkKeys,
  ) {}

  /** The keys that somebody is connected with, or would be let in with while the database is away. */
  keyIds(): ReadonlySet<string> {
    return new Set([...this.gateway.hub.keyIds(), ...this.relays.hub.keyIds(), ...this.events.keyIds(), ...this.keys.believed()]);
  }

  /** Closes everything that was opened with a key, and lets nobody in with it. */
  disconnectKey(keyId: string): void {
    this.keys.forget(keyId);
    this.gateway.hub.disconnectKey(keyId);
    this.relays.hub.disconnectKey(keyId);
    this.events.disconnectKey(keyId);
  }
}
