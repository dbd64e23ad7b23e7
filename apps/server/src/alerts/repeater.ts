import { groupOf, MINUTE, matches } from '@ballast/slo';
import { Inject, Injectable } from '@nestjs/common';
import type { Term, Transaction } from '../database/index.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import type { AlertRecord } from './alert.types.js';
import { AlertsView } from './alerts.view.js';
import { messageOf, type Telling } from './message.js';
import { type NewDelivery, OutboxStore } from './outbox.store.js';
import { publicUrlOf } from './public-url.js';
import { type Repeated, RepeatsStore, type ToldAlert } from './repeats.store.js';

/** An Alertmanager hears of an alert this often; it forgets what it has not heard of for an hour. */
const REPEAT_MS = 5 * MINUTE;

/** Alerts of one group that one Alertmanager knows of. */
interface Known {
  readonly channelId: string;
  readonly alerts: readonly [AlertRecord, ...AlertRecord[]];
}

/** Tells Alertmanagers again of what still fires: they take for over what they hear no more of. Nobody else hears anything twice. */
@Injectable()
export class Repeater {
  constructor(
    private readonly store: RepeatsStore,
    private readonly view: AlertsView,
    private readonly outbox: OutboxStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Stores one message per Alertmanager and group that is due, in the place of the one before. */
  repeat(term: Term, at: Date): Promise<void> {
    return this.store.during(term, async (tx) => {
      const known = knownTo(await this.store.told(tx));
      if (known.length === 0) return;
      const before = await this.store.repeats(tx, [...new Set(known.map(({ channelId }) => channelId))]);
      const due = known.filter((each) => isDue(each, before, at.getTime()));
      const deliveries: NewDelivery[] = [];
      for (const each of due) deliveries.push(await this.delivery(tx, each, at.getTime()));
      await this.outbox.replace(tx, deliveries, at);
    });
  }

  private async delivery(tx: Transaction, { channelId, alerts }: Known, at: number): Promise<NewDelivery> {
    const [first, ...others] = alerts;
    const message = messageOf([telling(first, at), ...others.map((alert) => telling(alert, at))], {
      url: publicUrlOf(this.settings),
      changes: await this.view.changes(tx, { ...first, before: first.memory.since }),
    });
    return { projectId: first.projectId, channelId, message };
  }
}

/** Who knows of which alerts, by their groups. */
function knownTo(told: readonly ToldAlert[]): readonly Known[] {
  const groups = new Map<string, { channelId: string; alerts: [AlertRecord, ...AlertRecord[]] }>();
  for (const { channel, alert } of told) {
    if (channel.level > Math.max(0, alert.reached) || !matches(channel.match, alert.labels)) continue;
    const name = `${channel.id} ${groupOf(alert.labels)}`;
    const found = groups.get(name);
    if (found === undefined) groups.set(name, { channelId: channel.id, alerts: [alert] });
    else found.alerts.push(alert);
  }
  return [...groups.values()];
}

function isDue({ channelId, alerts }: Known, before: readonly Repeated[], now: number): boolean {
  const group = groupOf(alerts[0].labels);
  const last = before.find((each) => each.channelId === channelId && each.group === group);
  const isLate = (then: number) => now - then >= REPEAT_MS;
  return (last === undefined || isLate(last.at.getTime())) && alerts.some(({ memory }) => memory.toldAt !== null && isLate(memory.toldAt));
}

function telling({ key, labels, memory, reading }: AlertRecord, at: number): Telling {
  return { kind: 'repeated', at, since: memory.since, level: memory.escalations, key, labels, ...reading };
}
