import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { type AddressedTelling, addressTellings, type Listening } from './address.js';
import { AlertsView } from './alerts.view.js';
import { ChannelsStore } from './channels.store.js';
import { type Change, groupTellings, messageOf, type Telling } from './message.js';
import { type NewDelivery, OutboxStore } from './outbox.store.js';
import { publicUrlOf } from './public-url.js';

/** What is to be told of one place. */
export interface Place {
  readonly projectId: string;
  readonly environmentId: string;
}

/** A telling with where it belongs. */
export interface PlacedTelling extends AddressedTelling, Place {}

/** Turns what is to be told into messages, in the transaction that makes it true. */
@Injectable()
export class Teller {
  constructor(
    private readonly channels: ChannelsStore,
    private readonly view: AlertsView,
    private readonly outbox: OutboxStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Stores one message per channel and flag; answers how many. */
  async tell(tx: Transaction, tellings: readonly PlacedTelling[], at: Date): Promise<number> {
    const deliveries: NewDelivery[] = [];
    for (const [projectId, own] of byProject(tellings)) {
      const told = addressTellings(own, await this.channels.listening(tx, projectId));
      const changesBefore = this.changesOnce(tx, own);
      for (const [channel, heard] of told) {
        for (const group of groupsFor(channel, heard)) {
          const message = messageOf(group, { url: publicUrlOf(this.settings), changes: await changesBefore(group[0]) });
          deliveries.push({ projectId, channelId: channel.id, message });
        }
      }
    }
    await this.outbox.add(tx, deliveries, at);
    return deliveries.length;
  }

  /** Sends a message to one channel, whatever it listens to. */
  async tellOne(tx: Transaction, delivery: Omit<NewDelivery, 'message'>, telling: Telling): Promise<bigint> {
    const message = messageOf([telling], { url: publicUrlOf(this.settings), changes: [] });
    const [id = 0n] = await this.outbox.add(tx, [{ ...delivery, message }], new Date(telling.at));
    return id;
  }

  /** What changed before a telling; read once for each flag in an environment. */
  private changesOnce(tx: Transaction, places: readonly PlacedTelling[]): (telling: Telling) => Promise<readonly Change[]> {
    const known = new Map<string, readonly Change[]>();
    return async ({ key, since }) => {
      const place = places.find((candidate) => candidate.key === key);
      if (place === undefined) return [];
      const name = `${place.environmentId} ${since}`;
      const found = known.get(name) ?? (await this.view.changes(tx, { ...place, before: since }));
      known.set(name, found);
      return found;
    };
  }
}

function byProject(tellings: readonly PlacedTelling[]): ReadonlyMap<string, readonly PlacedTelling[]> {
  const projects = new Map<string, PlacedTelling[]>();
  for (const telling of tellings) projects.set(telling.projectId, [...(projects.get(telling.projectId) ?? []), telling]);
  return projects;
}

function groupsFor(channel: Listening, heard: readonly Telling[]): readonly (readonly [Telling, ...Telling[]])[] {
  return channel.kind === 'pagerduty' ? heard.map((telling) => [telling]) : groupTellings(heard);
}
