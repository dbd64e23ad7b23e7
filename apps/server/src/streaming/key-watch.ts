import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { KeysView } from './keys.view.js';

const POLL_MS = 5_000;

/** The keys in use, and what happens to one that is no longer valid. */
export interface KeyHolder {
  keyIds(): ReadonlySet<string>;
  disconnectKey(keyId: string): void;
}

/** Sends away whoever holds a key that was revoked or ran out: at once on a notification, within seconds in any case. */
@Injectable()
export class KeyWatch implements OnModuleDestroy {
  private readonly logger = new Logger(KeyWatch.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly listener: Listener,
    private readonly view: KeysView,
    private readonly clock: Clock,
  ) {}

  async watch(holder: KeyHolder): Promise<void> {
    const look = () => this.look(holder).catch((error: unknown) => this.logger.warn(`could not check SDK keys: ${String(error)}`));
    this.timer = setInterval(() => void look(), POLL_MS);
    this.timer.unref();
    await this.listener.listen(
      'ballast_key',
      (keyId) => holder.disconnectKey(keyId),
      () => void look(),
    );
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(holder: KeyHolder): Promise<void> {
    const held = [...holder.keyIds()];
    if (held.length === 0) return;
    const valid = await this.view.valid(held, new Date(this.clock.now()));
    for (const keyId of held) if (!valid.has(keyId)) holder.disconnectKey(keyId);
  }
}
