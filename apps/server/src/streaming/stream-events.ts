import type { HubOptions } from '@ballast/streaming';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock.js';
import { changePropagated, streamClosed, streamOpened, streamSent } from '../events.js';
import { SnapshotKeeper } from '../snapshots/index.js';

/** Turns what happens in the hub into metrics and log lines. */
@Injectable()
export class StreamEvents implements HubOptions {
  private readonly logger = new Logger(StreamEvents.name);

  constructor(
    private readonly keeper: SnapshotKeeper,
    private readonly clock: Clock,
  ) {}

  readonly onConnected: HubOptions['onConnected'] = ({ view }) => streamOpened(view);

  readonly onDisconnected: HubOptions['onDisconnected'] = ({ view }) => streamClosed(view);

  readonly onSent: HubOptions['onSent'] = (message, clients) => streamSent(message, clients);

  readonly now = () => this.clock.now();

  readonly committedAt = (environmentId: string, revision: number) => this.keeper.committedAt(environmentId, revision);

  readonly onApplied: HubOptions['onApplied'] = ({ ms }) => {
    if (ms !== undefined) changePropagated(Math.max(0, ms) / 1000);
  };

  readonly onSlow: HubOptions['onSlow'] = ({ keyId }) => this.logger.warn(`a client of key ${keyId} does not read and was sent away`);
}
