import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { SETTINGS, type Settings } from '../settings/index.js';
import { databaseUrlOf } from './database-url.js';
import { Session } from './session.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What one listener of a channel wants to hear. */
export interface Hearing {
  readonly onPayload: (payload: string) => void;
  /** Notifications may have been missed: after every connection but the first. */
  readonly onReconnect?: () => void;
}

/** LISTEN on a connection of its own, reconnected for ever. A notification is only a hint; the tables are the truth. */
@Injectable()
export class Listener implements OnApplicationShutdown {
  private readonly hearings = new Map<string, Set<Hearing>>();
  private readonly closing = new AbortController();
  private session: Session | null = null;
  private connecting: Promise<void> | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Listens to a channel until the returned function is called. Settles once the first LISTEN is in force. */
  async listen(channel: string, onPayload: Hearing['onPayload'], onReconnect?: Hearing['onReconnect']): Promise<() => Promise<void>> {
    const hearing: Hearing = onReconnect === undefined ? { onPayload } : { onPayload, onReconnect };
    const others = this.hearings.get(channel);
    this.hearings.set(channel, (others ?? new Set<Hearing>()).add(hearing));
    if (this.session === null) await this.connect();
    else if (others === undefined) await this.command(`listen ${pg.escapeIdentifier(channel)}`);
    return async () => this.unlisten(channel, hearing);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const session = this.session;
    this.session = null;
    await session?.close();
    await this.connecting?.catch(() => undefined);
  }

  private async unlisten(channel: string, hearing: Hearing): Promise<void> {
    const hearings = this.hearings.get(channel);
    if (hearings?.delete(hearing) !== true || hearings.size > 0) return;
    this.hearings.delete(channel);
    await this.command(`unlisten ${pg.escapeIdentifier(channel)}`);
  }

  /** A command that fails is a lost connection, which the reconnection mends. */
  private async command(sql: string): Promise<void> {
    await this.session?.query(sql).catch(() => undefined);
  }

  private async connect(): Promise<void> {
    this.connecting ??= this.untilConnected().finally(() => {
      this.connecting = null;
    });
    await this.connecting;
  }

  private async untilConnected(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.closing.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (await this.tryToConnect()) return;
      await delay(pause, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private async tryToConnect(): Promise<boolean> {
    const session = await this.open().catch(() => null);
    if (session === null) return false;
    if (this.closing.signal.aborted) {
      await session.close();
      return true;
    }
    this.session = session;
    const lost = () => void this.onLost(session);
    if (session.ended.aborted) lost();
    else session.ended.addEventListener('abort', lost, { once: true });
    return true;
  }

  /** A session that listens to every channel. */
  private async open(): Promise<Session> {
    const session = await Session.open(databaseUrlOf(this.settings), {
      name: 'ballast-listener',
      onNotification: (channel, payload) => this.pass(channel, payload),
    });
    try {
      for (const channel of this.hearings.keys()) await session.query(`listen ${pg.escapeIdentifier(channel)}`);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private async onLost(session: Session): Promise<void> {
    if (this.session !== session) return;
    this.session = null;
    await this.connect();
    if (this.closing.signal.aborted) return;
    for (const hearings of this.hearings.values()) for (const hearing of hearings) hearing.onReconnect?.();
  }

  private pass(channel: string, payload: string): void {
    for (const hearing of this.hearings.get(channel) ?? []) hearing.onPayload(payload);
  }
}
