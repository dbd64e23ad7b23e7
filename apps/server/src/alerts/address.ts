import type { AlertMatch } from '@ballast/slo';
import { matches } from '@ballast/slo';
import type { Telling } from './message.js';

/** A channel, as far as it decides what is sent to it. */
export interface Listening {
  readonly id: string;
  readonly kind: string;
  readonly level: number;
  readonly match: AlertMatch;
}

/** What a channel is told; `reached` is the highest level that heard of the episode. */
export interface AddressedTelling extends Telling {
  readonly reached: number;
}

/** Whether a telling is for a channel; `levels` are those of all channels that match it. */
function isFor(telling: AddressedTelling, channel: Listening, levels: ReadonlySet<number>): boolean {
  const { kind, level, reached } = telling;
  if (kind === 'firing') return channel.level === 0;
  // Where nobody stands on the next level, those below hear of it again.
  if (kind === 'escalated') return channel.level === (levels.has(level) ? level : 0);
  if (kind === 'acknowledged' && channel.kind === 'alertmanager') return false;
  return channel.level <= Math.max(0, reached);
}

/** What each channel is told. PagerDuty knows one alert per event; everybody else hears of a flag in one message. */
export function addressTellings(
  tellings: readonly AddressedTelling[],
  channels: readonly Listening[],
): ReadonlyMap<Listening, readonly AddressedTelling[]> {
  const told = new Map<Listening, AddressedTelling[]>();
  for (const telling of tellings) {
    const matching = channels.filter(({ match }) => matches(match, telling.labels));
    const levels = new Set(matching.map(({ level }) => level));
    for (const channel of matching) {
      if (isFor(telling, channel, levels)) told.set(channel, [...(told.get(channel) ?? []), telling]);
    }
  }
  return told;
}
