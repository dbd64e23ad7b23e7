import type { View } from '@ballast/protocol';
import { Absences } from './absences.js';
import type { Held } from './held.js';
import { LostRelays } from './lost-relays.js';
import { PropagationLog } from './propagation.js';

/** What is known of one environment. */
export interface Place {
  /** The newest connection of each instance, by its mark: whoever has another key is another instance, whatever it calls itself. */
  readonly held: Map<string, Held>;
  /** By view: the key of a page is public, and whoever took it must not push back ends out of sight. */
  readonly absences: Readonly<Record<View, Absences>>;
  readonly propagation: PropagationLog;
  readonly lostRelays: LostRelays;
  /** When everybody was last told to fetch another snapshot. */
  replacedAt: number;
}

/** Nothing is known of it yet. */
export function newPlace(): Place {
  return {
    held: new Map(),
    absences: { server: new Absences(), client: new Absences() },
    propagation: new PropagationLog(),
    lostRelays: new LostRelays(),
    replacedAt: Number.NEGATIVE_INFINITY,
  };
}
