import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { SETTINGS, type Settings } from '../settings/index.js';
import { databaseUrlOf } from './database-url.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

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
  private client: pg.Client | null = null;
  private connecting: Promise<void> | null = null;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Listens to a channel until the returned function is called. Settles once the first LISTEN is in force. */
  async listen(channel: string, onPayload: Hearing['onPayload'], onReconnect?: Hearing['onReconnect']): Promise<() => Promise<void>> {
    const hearing: Hearing = onReconnect === undefined ? { onPayload } : { onPayload, onReconnect };
    const others = this.hearings.get(channel);
    this.hearings.set(channel, (others ?? new Set<Hearing>()).add(hearing));
    if (this.client === null) await this.connect();
    else if (others === undefined) await this.command(`listen ${pg.escapeIdentifier(channel)}`);
    return async () => this.unlisten(channel, hearing);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
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
    await this.client?.query(sql).catch(() => undefined);
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
    const client = new pg.Client({
      connectionString: databaseUrlOf(this.settings),
      application_name: 'ballast-listener',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload }) => this.pass(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of this.hearings.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch {
      await client.end().catch(() => undefined);
      return false;
    }
    if (this.closing.signal.aborted) {
      await client.end().catch(() => undefined);
      return true;
    }
    this.client = client;
    client.once('end', () => void this.onLost(client));
    return true;
  }

  private async onLost(client: pg.Client): Promise<void> {
    if (this.client !== client) return;
    this.client = null;
    await this.connect();
    if (this.closing.signal.aborted) return;
    for (const hearings of this.hearings.values()) for (const hearing of hearings) hearing.onReconnect?.();
  }

  private pass(channel: string, payload: string): void {
    for (const hearing of this.hearings.get(channel) ?? []) hearing.onPayload(payload);
  }
}
