import { SingleFlight } from '@ballast/streaming';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { KeyHolders } from './key-holders.js';
import { KeysView } from './keys.view.js';

/** Whoever holds a key that opens nothing any more is gone within a second, also where no notification comes. */
const POLL_MS = 750;

/** Sends away whoever holds a key that was revoked or ran out: at once on a notification, within a second in any case. */
@Injectable()
export class KeyWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyWatch.name);
  private readonly looking = new SingleFlight(() => this.look());
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly listener: Listener,
    private readonly view: KeysView,
    private readonly clock: Clock,
    private readonly holders: KeyHolders,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const look = () => void this.looking.run();
    this.timer = setInterval(look, POLL_MS);
    this.timer.unref();
    await this.listener.listen('ballast_key', (keyId) => this.holders.disconnectKey(keyId), look);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const held = [...this.holders.keyIds()];
    if (held.length === 0) return;
    try {
      const valid = await this.view.valid(held, new Date(this.clock.now()));
      for (const keyId of held) if (!valid.has(keyId)) this.holders.disconnectKey(keyId);
    } catch (error) {
      this.logger.warn(`could not check SDK keys: ${String(error)}`);
    }
  }
}
